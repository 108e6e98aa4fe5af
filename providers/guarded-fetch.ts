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
        const guarded = guardBody(response, options);
        if (guarded.ok) return guarded;
        // A body that breaks off or is too large takes nothing from what the status says.
        errorBody = await guarded.text().catch(() => '');
        return copyOf(guarded, errorBody);
      } catch (error) {
        failure = error;
        throw error;
      }
    },
  };
}

function guardBody(response: Response, options: Parameters<typeof createGuardedFetch>[0]): Response {
  if (response.body === null) return response;
  let bytesReceived = 0;
  const counted = response.body.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        bytesReceived += chunk.byteLength;
        if (bytesReceived > options.maxBodyBytes) throw new BodyTooLargeError(options.maxBodyBytes);
        options.onProgress?.({ phase: 'body', bytesReceived });
        controller.enqueue(chunk);
      },
    }),
  );
  return copyOf(response, counted);
}

function copyOf({ status, statusText, headers }: Response, body: ReadableStream | string): Response {
  return new Response(body, { status, statusText, headers });
}
