import { z } from 'zod';
import { BadSourceError, MAX_SOURCE_BYTES, type SourceDocument } from './source-document.ts';

const DEADLINE_MS = 15_000;
const rootSchema = z.record(z.string(), z.unknown());

/**
 * One JSON document `{ "<type>": { "examples": […] } }` from an https address.
 * @throws {BadSourceError} when what comes is no such document, or the address is wrong. Any other error: try again.
 */
export async function readUrl(options: {
  url: URL;
  signal: AbortSignal;
  fetch: typeof globalThis.fetch;
}): Promise<SourceDocument[]> {
  const { url, signal, fetch } = options;
  // Without the query: in signed addresses it is a secret, and problems are shown to operators.
  const where = url.origin + url.pathname;
  const response = await fetch(url, {
    headers: { accept: 'application/json' },
    // Followed, a redirect could lead from https to http or into the cluster's own network.
    redirect: 'manual',
    signal: AbortSignal.any([signal, AbortSignal.timeout(DEADLINE_MS)]),
  });
  if (response.status !== 200) {
    await response.body?.cancel();
    throw refusal(where, response.status);
  }
  const root = rootSchema.safeParse(parseJson(await readText(response, where), where));
  if (!root.success) throw new BadSourceError([`${where}: not a JSON object of types`]);
  return Object.entries(root.data).map(([type, content]) => ({ type, where: `${where} ${type}`, content }));
}

function refusal(where: string, status: number): Error {
  const problem = `${where}: answered ${String(status)}`;
  if (status >= 300 && status < 400) return new BadSourceError([`${problem}; redirects are not followed`]);
  const passes = status >= 500 || status === 408 || status === 429;
  return passes ? new Error(problem) : new BadSourceError([problem]);
}

/** Counted while it comes: a length header need not be there, nor be true. */
async function readText(response: Response, where: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    chunks.push(chunk);
    bytes += chunk.byteLength;
    if (bytes > MAX_SOURCE_BYTES) {
      throw new BadSourceError([`${where}: more than the ${String(MAX_SOURCE_BYTES)} bytes allowed`]);
    }
  }
  return Buffer.concat(chunks).toString();
}

function parseJson(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new BadSourceError([`${where}: not JSON`]);
  }
}
