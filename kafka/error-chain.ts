/** An error and what caused it, the outermost first. */
export function causesOf(error: unknown): Error[] {
  const chain: Error[] = [];
  for (let next = error; next instanceof Error && !chain.includes(next); next = next.cause) chain.push(next);
  return chain;
}

/** The protocol's name of an error, for example `MESSAGE_TOO_LARGE`; empty for one that is not the protocol's. */
export function protocolTypeOf(error: Error): string {
  return 'type' in error && typeof error.type === 'string' ? error.type : '';
}
