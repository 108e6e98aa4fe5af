/** Bounds on what comes from outside. Each is where a measurement showed the next part of the chain to break. */

/** Larger values are `Message.TooLarge`. The text is stored about three times in a run's history, whose blobs end at 2 MiB. */
export const MAX_INLINE_VALUE_BYTES = 256 * 1024;
/** Headers beyond either are `Message.TooManyHeaders`. */
export const MAX_HEADERS = 256;
export const MAX_HEADER_BYTES = 32 * 1024;
/** JSON nested deeper is `Message.Unreadable`: `JSON.stringify` overflows the stack at about ten thousand. */
export const MAX_JSON_DEPTH = 100;
export const MAX_FAILURE_MESSAGE_CHARS = 500;
/** Temporal's own limit for a Keyword search attribute. */
export const MAX_KEYWORD_CHARS = 255;
/** Larger answers are `Output.TooLarge`: the result must fit a workflow's history and a Kafka record of 1 MiB. */
export const MAX_OUTPUT_BYTES = 512 * 1024;
