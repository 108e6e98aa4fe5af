import { DefaultFailureConverter } from '@temporalio/common';

/**
 * Puts the message and stack of failures, which otherwise stand in clear, into a payload, where codecs reach them. The SDK loads it by
 * its path, outside workflows and into their bundle.
 */
export const failureConverter = new DefaultFailureConverter({ encodeCommonAttributes: true });
