import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runTool } from '../../dev/stack/tools.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** Paths of PEM files. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

export interface TestAuthority {
  /** Path of its own certificate. */
  readonly ca: string;
  /** For 127.0.0.1 and localhost, and for showing to a server. */
  issue(name: string): Promise<Certificate>;
}

const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

/** A certificate authority of the test's own, made with `openssl`, which has to be on the PATH. */
export async function createAuthority(name: string): Promise<TestAuthority> {
  const folder = temporaryFolder();
  const path = (file: string) => join(folder, file);
  const openssl = (...args: string[]) => runTool({ command: 'openssl', args, cwd: folder });
  // `req -x509` marks it as an authority, as the defaults of openssl's own configuration say.
  await openssl('req', '-x509', ...KEY, '-days', '2', '-subj', `/CN=${name}`, '-keyout', 'ca.key', '-out', 'ca.pem');
  return {
    ca: path('ca.pem'),
    async issue(subject) {
      const [cert, key, request, extensions] = ['pem', 'key', 'csr', 'ext'].map((end) => path(`${subject}.${end}`)) as [
        string,
        string,
        string,
        string,
      ];
      writeFileSync(extensions, 'subjectAltName=IP:127.0.0.1,DNS:localhost\nbasicConstraints=CA:FALSE\n');
      await openssl('req', '-new', ...KEY, '-subj', `/CN=${subject}`, '-keyout', key, '-out', request);
      await openssl(
        ...['x509', '-req', '-in', request, '-days', '2', '-extfile', extensions, '-out', cert],
        ...['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial'],
      );
      return { cert, key };
    },
  };
}

/** Both in one text, as Kafka takes them. */
export const keyAndCertificate = ({ cert, key }: Certificate) => readFileSync(key, 'utf8') + readFileSync(cert, 'utf8');
