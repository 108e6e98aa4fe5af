/** Bounds on what comes from outside. Each is where a measurement showed the next part of the chain to break. */

/** The default of `MAX_RECORD_BYTES`: larger values are `Message.TooLarge`. */
export const DEFAULT_MAX_RECORD_BYTES = 8 * 1024 * 1024;
/** Above it the process would have to hold too much of one message several times over. */
export const HIGHEST_MAX_RECORD_BYTES = 16 * 1024 * 1024;
/**
 * Larger payloads are stored as blobs. A task of a workflow carries three of a message's at once, in 4 MiB that gRPC allows, and Temporal warns
 * from 512 KiB on.
 */
export const MAX_INLINE_PAYLOAD_BYTES = 256 * 1024;
/** Larger keys are `Message.TooLarge`. */
export const MAX_KEY_BYTES = 256 * 1024;
/** Headers beyond either are `Message.TooManyHeaders`. */
export const MAX_HEADERS = 256;
export const MAX_HEADER_BYTES = 32 * 1024;
/** JSON nested deeper is `Message.Unreadable`: `JSON.stringify` overflows the stack at about ten thousand. */
export const MAX_JSON_DEPTH = 100;
/** JSON of more values is `Message.TooLarge`: two bytes of text can become an object of fifty in memory. */
export const MAX_JSON_VALUES = 200_000;
/** Of what a message is described by: `id` in characters, and so on. Beyond any of them it is `Message.Invalid`. */
export const MESSAGE_LIMITS = {
  idChars: 10_000,
  typeChars: 100,
  tenantChars: 200,
  metadataEntries: 100,
  metadataNameChars: 200,
  metadataValueChars: 2_000,
} as const;
export const MAX_FAILURE_MESSAGE_CHARS = 500;
/** Temporal's own limit for a Keyword search attribute. */
export const MAX_KEYWORD_CHARS = 255;
/**
 * Larger answers are `Output.TooLarge`, as is what the output topic does not take. Of a provider's response 8 MiB are read, and the answer
 * is a part of it.
 */
export const MAX_OUTPUT_BYTES = 4 * 1024 * 1024;
