/** Words of Rust's, Node's and OpenSSL's TLS for a certificate, or a line, that one side does not accept. */
const TLS = /certificate|\bTLS\b|\bSSL\b|UnknownIssuer|altnames|handshake|CorruptMessage/i;
/** gRPC: UNAUTHENTICATED and PERMISSION_DENIED. */
const REFUSED = /\b(?:16 )?UNAUTHENTICATED\b|\b(?:7 )?PERMISSION_DENIED\b|unauthenticated|Unauthorized/;
const MAX_REASON_CHARS = 300;

/**
 * Why Temporal could not be used, in one sentence with the variables to look at.
 * @param usesTls a line that breaks off at once is then often the other side's answer to our certificate.
 */
export function explainConnectFailure(
  error: unknown,
  { address, namespace, usesTls }: { address: string; namespace: string; usesTls: boolean },
): string {
  const words = wordsOf(error);
  const reason = words.join(': ').replace(/\s+/g, ' ').slice(0, MAX_REASON_CHARS);
  if (REFUSED.test(reason)) {
    return `Temporal at ${address} does not accept the credentials: ${reason} (TEMPORAL_API_KEY, TEMPORAL_TLS_CLIENT_CERT_PATH, TEMPORAL_NAMESPACE)`;
  }
  if (TLS.test(reason)) {
    return `The TLS connection to Temporal at ${address} failed: ${reason} (TEMPORAL_TLS_SERVER_CA_CERT_PATH, TEMPORAL_TLS_CLIENT_CERT_PATH, TEMPORAL_TLS_SERVER_NAME)`;
  }
  const variables = usesTls
    ? 'TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, TEMPORAL_TLS…'
    : 'TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, TEMPORAL_TLS';
  return `Temporal at ${address} does not answer for namespace "${namespace}": ${reason} (${variables})`;
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
