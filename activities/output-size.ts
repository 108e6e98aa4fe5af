import type { JsonValue } from '../contracts/completion.ts';
import { MAX_OUTPUT_BYTES } from '../contracts/limits.ts';
import { messageFailure } from './failures.ts';

/**
 * What is larger as JSON is more than a worker should hold of many messages at once, and than most topics take.
 * @throws {ApplicationFailure} `Output.TooLarge`
 */
export function refuseTooLarge(output: JsonValue, attempts = 0): void {
  if (Buffer.byteLength(JSON.stringify(output)) > MAX_OUTPUT_BYTES) {
    throw messageFailure('Output.TooLarge', `the output is above ${String(MAX_OUTPUT_BYTES)} bytes`, attempts);
  }
}
