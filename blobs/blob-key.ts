import { createHash } from 'node:crypto';

const KEY = /^(\d{4}-\d{2}-\d{2})\/[0-9a-f]{64}$/;

/**
 * `<day in UTC>/<SHA-256 in hex>`. The day is in it for expiry: nobody puts into an old day, so that deleting there meets no `put` of
 * the same bytes, and only what may have expired has to be looked at.
 */
export function blobKeyOf(sha256: string, now: Date): string {
  return `${dayOf(now)}/${sha256}`;
}

/** In hex. */
export function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** `undefined`: no blob can have this key. It may come from outside, and becomes a path. */
export function dayOfKey(key: string): string | undefined {
  return KEY.exec(key)?.[1];
}

/** In UTC, for example `2026-11-25`. */
export function dayOf(time: Date): string {
  return time.toISOString().slice(0, 10);
}
