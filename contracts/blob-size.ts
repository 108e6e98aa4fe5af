import { MAX_INLINE_PAYLOAD_BYTES } from './limits.ts';

/** As JSON a byte of text takes six at most. A payload around a smaller text stays in Temporal. */
export function mayBecomeBlob({ length }: { readonly length: number }): boolean {
  return length > MAX_INLINE_PAYLOAD_BYTES / 6;
}
