const HOUR_MS = 3_600_000;

/** A length of time as operators set it for topics and namespaces, for example `168 h`. */
export function inHours(ms: number): string {
  if (!Number.isFinite(ms)) return 'for ever';
  return `${String(Math.round((ms / HOUR_MS) * 10) / 10)} h`;
}
