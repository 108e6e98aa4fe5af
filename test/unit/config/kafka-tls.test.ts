import { loadConfig } from '../../../config/load.ts';
import { createAuthority, type Certificate } from '../../support/certificates.ts';
import { temporaryFile } from '../../support/temporary-folder.ts';

const load = (env: Readonly<Record<string, string>>) => loadConfig({ WORKER_ROLE: 'none', ...env }).kafka.ssl;

let ca: string;
let client: Certificate;
let other: Certificate;
beforeAll(async () => {
  const authority = await createAuthority('unit');
  ({ ca } = authority);
  [client, other] = [await authority.issue('client'), await authority.issue('other')];
});

test('without further files TLS trusts what Node does', () => {
  expect(load({})).toBe(false);
  expect(load({ KAFKA_SSL: 'true' })).toEqual({});
});

test('an authority, a certificate and its key are read from their files', () => {
  const ssl = load({
    KAFKA_SSL: 'true',
    KAFKA_SSL_CA_FILE: ca,
    KAFKA_SSL_CERT_FILE: client.cert,
    KAFKA_SSL_KEY_FILE: client.key,
  });
  expect(Object.keys(ssl || {})).toEqual(['ca', 'cert', 'key']);
});

test.each<[string, () => Record<string, string>, string]>([
  ['files without TLS', () => ({ KAFKA_SSL_CA_FILE: ca }), 'KAFKA_SSL_CA_FILE: says nothing without KAFKA_SSL=true'],
  [
    'a certificate without its key',
    () => ({ KAFKA_SSL: 'true', KAFKA_SSL_CERT_FILE: client.cert }),
    'KAFKA_SSL_CERT_FILE: goes together with KAFKA_SSL_KEY_FILE',
  ],
  [
    "another certificate's key",
    () => ({ KAFKA_SSL: 'true', KAFKA_SSL_CERT_FILE: client.cert, KAFKA_SSL_KEY_FILE: other.key }),
    'KAFKA_SSL_KEY_FILE: is not the key of the certificate',
  ],
  [
    'a file that is not there',
    () => ({ KAFKA_SSL: 'true', KAFKA_SSL_CA_FILE: '/nowhere/ca.pem' }),
    'KAFKA_SSL_CA_FILE: /nowhere/ca.pem: cannot be read (ENOENT)',
  ],
  [
    'a file that holds something else',
    () => ({ KAFKA_SSL: 'true', KAFKA_SSL_CA_FILE: temporaryFile('file.pem', 'canary') }),
    'is not a certificate in PEM',
  ],
])('%s is a problem that is named', (_case, env, problem) => {
  expect(() => load(env())).toThrow(problem);
  expect(() => load(env())).not.toThrow('canary');
});
