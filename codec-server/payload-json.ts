import type { Payload } from '@temporalio/common';
import { z } from 'zod';

const bytes = z.base64().transform((text) => Buffer.from(text, 'base64'));
const payloadsSchema = z.object({
  payloads: z.array(z.object({ metadata: z.record(z.string(), bytes).nullish(), data: bytes.nullish() })).default([]),
});

/** Payloads as protobuf writes them in JSON, bytes in base64. `undefined`: it is something else. */
export function fromJson(text: string): Payload[] | undefined {
  try {
    const parsed = payloadsSchema.safeParse(JSON.parse(text));
    return parsed.data?.payloads.map(({ metadata, data }) => ({ metadata: metadata ?? {}, data: data ?? Buffer.of() }));
  } catch {
    return undefined;
  }
}

export function toJson(payloads: readonly Payload[]): string {
  return JSON.stringify({
    payloads: payloads.map(({ metadata, data }) => ({
      metadata: Object.fromEntries(Object.entries(metadata ?? {}).map(([name, value]) => [name, base64(value)])),
      data: base64(data),
    })),
  });
}

const base64 = (value: Uint8Array | null | undefined) => Buffer.from(value ?? []).toString('base64');
