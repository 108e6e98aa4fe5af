import type { IHeaders } from 'kafkajs';

type HeaderPairs = readonly (readonly [name: string, value: Buffer])[];

/**
 * The headers of a received record as pairs. Only own properties and only bytes count: kafkajs 2.2.4 builds a plain object,
 * so that a header named `constructor` arrives as an array that begins with a function.
 *
 * The order of different names is the object's, not always the record's; a null value comes back empty.
 */
export function toHeaderPairs(headers: Readonly<Record<string, unknown>> | undefined): [name: string, value: Buffer][] {
  if (headers === undefined) return [];
  return Object.entries(headers).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).flatMap((item: unknown): [string, Buffer][] => {
      if (Buffer.isBuffer(item)) return [[name, item]];
      if (typeof item === 'string') return [[name, Buffer.from(item, 'utf8')]];
      return item === null ? [[name, Buffer.alloc(0)]] : [];
    }),
  );
}

/** Pairs as kafkajs takes them. Without a prototype: a header named `__proto__` is a header like any other. */
export function toKafkaHeaders(pairs: HeaderPairs): IHeaders {
  const headers = Object.create(null) as Record<string, Buffer[]>;
  for (const [name, value] of pairs) (headers[name] ??= []).push(value);
  return headers;
}
