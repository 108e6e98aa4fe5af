import type { IncomingMessage } from 'node:http';

/** The request's body as text; `undefined` when the client went away while sending it. */
export function readBody(request: IncomingMessage): Promise<string | undefined> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.once('end', () => {
      resolve(Buffer.concat(chunks).toString('utf8'));
    });
    request.once('close', () => {
      resolve(undefined);
    });
  });
}
