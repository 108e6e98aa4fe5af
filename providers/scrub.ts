const MAX_SCRUBBED_CHARS = 300;
/** More than this is not looked at: the patterns below would take long on the megabytes a broken proxy can answer. */
const MAX_EXAMINED_CHARS = 4_000;
const SECRET = '[secret]';

const SECRETS: readonly RegExp[] = [
  /\b(?:sk|rk|pk|gsk|xai|hf)[-_][\w*.-]{4,}/gi,
  /\bbearer\s+[^\s"',;]{4,}/gi,
  /\b(?:authorization|api[-_ ]?key(?: provided)?|access[-_ ]?token)["']?\s*[:=]\s*["']?(?:basic\s+)?[^\s"',;]{4,}/gi,
  // What a provider masked itself still shows the ends of the key.
  /[^\s*"']{0,60}\*{3,}[^\s*"']{0,60}/g,
  // The user and password of a URL.
  /(?<=\/\/)[^/\s@]{1,200}@/g,
];
const UNPRINTABLE = /[\s\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}]+/gu;

/**
 * A provider's own words made fit for workflow histories, dead letters and logs: without secrets, on one line, without
 * control or direction characters, and at most 300 characters.
 * @param knownSecret removed wherever it occurs, whatever it looks like.
 */
export function scrub(text: string, knownSecret?: string): string {
  const withoutKnown = knownSecret === undefined || knownSecret === '' ? text : text.replaceAll(knownSecret, SECRET);
  const line = withoutKnown.slice(0, MAX_EXAMINED_CHARS).replace(UNPRINTABLE, ' ').trim();
  const scrubbed = SECRETS.reduce((result, pattern) => result.replace(pattern, SECRET), line);
  if (scrubbed.length <= MAX_SCRUBBED_CHARS) return scrubbed;
  // Cutting a surrogate pair in half would make text that UTF-8 cannot carry.
  return `${scrubbed.slice(0, MAX_SCRUBBED_CHARS - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}
