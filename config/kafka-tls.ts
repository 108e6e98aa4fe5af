import { createPrivateKey, X509Certificate } from 'node:crypto';
import { problemIn, readText } from './settings-file.ts';

/** PEM texts of `KAFKA_SSL_…_FILE`. */
export interface KafkaTls {
  /** Instead of the authorities that Node trusts. */
  readonly ca?: string;
  /** Shown to brokers that ask for one. */
  readonly cert?: string;
  readonly key?: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The files for TLS to Kafka. What is wrong goes into `problems`, never with anything of a key.
 * @returns `false`: no TLS. An empty object: with what Node trusts.
 */
export function loadKafkaTls(env: Environment, problems: string[]): KafkaTls | false {
  const files = { ca: 'KAFKA_SSL_CA_FILE', cert: 'KAFKA_SSL_CERT_FILE', key: 'KAFKA_SSL_KEY_FILE' } as const;
  const given = Object.values(files).filter((variable) => (env[variable] ?? '') !== '');
  if (env['KAFKA_SSL'] !== 'true') {
    problems.push(...given.map((variable) => `${variable}: says nothing without KAFKA_SSL=true`));
    return false;
  }
  if (given.includes(files.cert) !== given.includes(files.key)) {
    problems.push(`${files.cert}: goes together with ${files.key}`);
    return false;
  }
  const ca = readPem(env, { variable: files.ca, what: 'certificate', check: certificateOf }, problems);
  const cert = readPem(env, { variable: files.cert, what: 'certificate', check: certificateOf }, problems);
  const key = readPem(
    env,
    { variable: files.key, what: 'private key without a passphrase', check: createPrivateKey },
    problems,
  );
  if (cert !== undefined && key !== undefined && !certificateOf(cert).checkPrivateKey(createPrivateKey(key))) {
    problems.push(`${files.key}: is not the key of the certificate in ${files.cert}`);
  }
  return { ...(ca !== undefined && { ca }), ...(cert !== undefined && { cert }), ...(key !== undefined && { key }) };
}

const certificateOf = (pem: string) => new X509Certificate(pem);

function readPem(
  env: Environment,
  { variable, what, check }: { variable: string; what: string; check: (pem: string) => unknown },
  problems: string[],
): string | undefined {
  const file = env[variable] ?? '';
  if (file === '') return undefined;
  const where = { variable, file };
  const pem = readText(where, problems);
  if (pem === undefined) return undefined;
  try {
    check(pem);
    return pem;
  } catch {
    problems.push(problemIn(where, `is not a ${what} in PEM`));
    return undefined;
  }
}
