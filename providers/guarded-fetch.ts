import type { CallProgress } from './provider.ts';
import { BodyTooLargeError } from './transport-fault.ts';

export interface GuardedFetch {
  readonly fetch: typeof fetch;
  /** What went wrong on the wire, if anything did. The openai package keeps no cause of what it takes for a timeout. */
  failure(): unknown;
  /** The body of an error response. The package keeps only those that have OpenAI's shape. */
  errorBody(): string;
}

/**
 * `fetch` for one call, which follows no redirect (the API key would go along), reads no body beyond `maxBodyBytes`
 * (counted decompressed: a few kilobytes of gzip can be gigabytes) and tells how far it got.
 */
export function createGuardedFetch(options: {
  maxBodyBytes: number;
  onProgress?: ((progress: CallProgress) => void) | undefined;
}): GuardedFetch {
  let failure: unknown;
  let errorBody = '';
  return {
    failure: () => failure,
    errorBody: () => errorBody,
    fetch: async (url, init) => {
      try {
        const response = await fetch(url, { ...init, redirect: 'error' });
        options.onProgress?.({ phase: 'headers', bytesReceived: 0 });
        if (response.ok) return copyOf(response, await bodyOf(response, options));
        // A body that breaks off or is too large takes nothing from what the status says.
        errorBody = await bodyOf(response, options).catch(() => '');
        return copyOf(response, errorBody);
      } catch (error) {
        failure = error;
        throw error;
      }
    },
  };
}

/** Read here, chunk by chunk: a transforming stream in front of the package's own reading would cost twice the CPU. */
async function bodyOf(response: Response, options: Parameters<typeof createGuardedFetch>[0]): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  let bytesReceived = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    bytesReceived += chunk.byteLength;
    // Leaving the loop cancels the stream, and with it the connection.
    if (bytesReceived > options.maxBodyBytes) throw new BodyTooLargeError(options.maxBodyBytes);
    options.onProgress?.({ phase: 'body', bytesReceived });
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

function copyOf({ status, statusText, headers }: Response, body: string): Response {
  // Some statuses (204) must not have a body, not even an empty one.
  return new Response(body === '' ? null : body, { status, statusText, headers });
}
