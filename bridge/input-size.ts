import { mayBecomeBlob } from '../contracts/blob-size.ts';
import { MAX_INLINE_PAYLOAD_BYTES } from '../contracts/limits.ts';
import type { ProcessMessageInput } from '../contracts/pipeline.ts';
import type { EncodedBytes } from '../contracts/record.ts';

/** Whether a workflow's input goes to the blob store. It is written as JSON only where its text leaves that open. */
export function becomesBlob(input: ProcessMessageInput): boolean {
  const length = textLength(input);
  if (!mayBecomeBlob({ length })) return false;
  return length > MAX_INLINE_PAYLOAD_BYTES || Buffer.byteLength(JSON.stringify(input)) > MAX_INLINE_PAYLOAD_BYTES;
}

function textLength({ id, record: { key, headers, value } }: ProcessMessageInput): number {
  const ofHeaders = headers.reduce((sum, [name, content]) => sum + name.length + lengthOf(content), 0);
  return id.length + lengthOf(key) + ofHeaders + lengthOf(value);
}

/** As it travels. */
function lengthOf(bytes: EncodedBytes | null): number {
  if (bytes === null) return 0;
  return 'utf8' in bytes ? bytes.utf8.length : bytes.base64.length;
}
