/** Words of Rust's, Node's and OpenSSL's TLS for a certificate, or a line, that one side does not accept. */
const TLS = /certificate|\bTLS\b|\bSSL\b|altnames|handshake|CorruptMessage/i;
/** How a server that does not take a client's certificate is often seen: it has closed the line before the first call. */
const BROKEN_OFF = /broken pipe|connection reset|ECONNRESET|transport error/i;
/** gRPC's UNAUTHENTICATED and PERMISSION_DENIED, as the two clients write them. */
const REFUSED = /UNAUTHENTICATED|PERMISSION_DENIED|authentication credentials|does not have permission/;
const MAX_REASON_CHARS = 300;

/** Why Temporal could not be used, in one sentence with the variables to look at. */
export function explainConnectFailure(
  error: unknown,
  { address, namespace, usesTls }: { address: string; namespace: string; usesTls: boolean },
): string {
  const words = wordsOf(error);
  const reason = words.join(': ').replace(/\s+/g, ' ').slice(0, MAX_REASON_CHARS);
  if (REFUSED.test(reason)) {
    return `Temporal at ${address} does not accept the credentials: ${reason} (TEMPORAL_API_KEY, TEMPORAL_TLS_CLIENT_CERT_PATH, TEMPORAL_NAMESPACE)`;
  }
  if (TLS.test(reason) || (usesTls && BROKEN_OFF.test(reason))) {
    return `The TLS connection to Temporal at ${address} failed: ${reason} (TEMPORAL_TLS_SERVER_CA_CERT_PATH, TEMPORAL_TLS_CLIENT_CERT_PATH, TEMPORAL_TLS_SERVER_NAME)`;
  }
  const variables = usesTls
    ? 'TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, TEMPORAL_TLS…'
    : 'TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, TEMPORAL_TLS';
  return `Temporal does not answer at ${address} for the namespace "${namespace}": ${reason} (${variables})`;
}

/** What the error and its causes say, without repeats. */
function wordsOf(error: unknown): string[] {
  const words: string[] = [];
  for (let next = error; next instanceof Error && words.length < 4; next = next.cause) {
    const { message } = next;
    if (message !== '' && !words.some((word) => word.includes(message))) words.push(message);
  }
  return words.length > 0 ? words : [String(error)];
}
