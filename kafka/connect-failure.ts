import { causesOf, protocolTypeOf } from './error-chain.ts';

/** Node's and OpenSSL's codes and words for a certificate that one side does not accept. */
const CERTIFICATE = /certificate|CERT_|altnames|ssl alert|SSL routines|unable to verify/i;
const MAX_REASON_CHARS = 300;

/** Why Kafka could not be reached, in one sentence with the variables to look at. */
export function explainConnectFailure(error: unknown): string {
  const chain = causesOf(error);
  const reason = (chain.at(-1)?.message ?? String(error)).replace(/\s+/g, ' ').trim().slice(0, MAX_REASON_CHARS);
  if (chain.some(({ name }) => name === 'KafkaJSSASLAuthenticationError')) {
    return `Kafka does not accept the credentials: ${reason} (KAFKA_SASL_MECHANISM, KAFKA_SASL_USERNAME, KAFKA_SASL_PASSWORD)`;
  }
  if (chain.some((one) => protocolTypeOf(one).endsWith('_AUTHORIZATION_FAILED'))) {
    return `Kafka does not allow this user to read, write or look at what is configured: ${reason} (the broker's ACLs)`;
  }
  if (chain.some(({ message }) => CERTIFICATE.test(message))) {
    return `The TLS connection to Kafka failed: ${reason} (KAFKA_SSL_CA_FILE, KAFKA_SSL_CERT_FILE, KAFKA_SSL_KEY_FILE)`;
  }
  if (chain.some(({ name }) => name === 'KafkaJSServerDoesNotSupportApiKey')) {
    return `This version of Kafka cannot be used: ${reason}`;
  }
  return `Kafka does not answer: is it running? ${reason} (KAFKA_BROKERS, KAFKA_SSL…)`;
}
