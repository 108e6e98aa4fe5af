import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { OnProgress } from '../progress.ts';
import { portFor } from './free-port.ts';
import { findS3Executable } from './s3-executable.ts';
import { startServer, withMembers, type Server } from './server.ts';

const CREDENTIALS = { accessKeyId: 'dev-access-key', secretAccessKey: 'dev-secret-key' };
export const S3_BUCKET = 'pipeline';

export interface S3Server extends Server {
  /** AWS's own variables, and our `BLOB_STORE_URL`, for a process to use it. */
  readonly env: Readonly<Record<string, string>>;
  /** Objects are files here: below it, by their keys. */
  readonly folder: string;
}

/** A server of the S3 protocol on 127.0.0.1 with one bucket. Its content survives `kill`. */
export async function startS3Server(options: {
  readonly dataDir: string;
  readonly onProgress?: OnProgress;
}): Promise<S3Server> {
  const { dataDir, onProgress = () => undefined } = options;
  const port = await portFor('S3', undefined);
  const folder = join(dataDir, 's3', S3_BUCKET);
  await mkdir(folder, { recursive: true });
  const url = `http://127.0.0.1:${String(port)}`;
  const server = await startServer({
    name: 'S3',
    command: await findS3Executable(onProgress),
    // Attributes in files of their own: not every file system has extended ones.
    args: [
      ...['--port', `127.0.0.1:${String(port)}`, '--quiet'],
      ...['posix', '--sidecar', await sidecar(dataDir), join(dataDir, 's3')],
    ],
    cwd: dataDir,
    env: {
      ...process.env,
      ROOT_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
      ROOT_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
    },
    logFile: join(dataDir, 's3.log'),
    // Any answer will do: without a signature it is a refusal.
    probe: async () => {
      await fetch(url);
    },
  });
  const env = {
    BLOB_STORE_URL: `s3://${S3_BUCKET}/blobs`,
    AWS_ENDPOINT_URL_S3: url,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
  };
  return withMembers(server, { env, folder });
}

/** Its path must not begin with the objects' own. */
async function sidecar(dataDir: string): Promise<string> {
  const folder = join(dataDir, 'attributes-of-s3');
  await mkdir(folder, { recursive: true });
  return folder;
}
