import { unsharedBlobStore } from '../../../config/blob-store.ts';

const home = { XDG_DATA_HOME: '/data' };

test.each(['pipeline', 'llm,publish', 'none'])(
  'a process with the roles %s is told that others must share the default folder',
  (role) => {
    expect(unsharedBlobStore({ ...home, WORKER_ROLE: role })).toMatch(
      /\/data\/llm-kafka-pipeline\/blobs.* BLOB_STORE_URL$/,
    );
    expect(unsharedBlobStore({ ...home, WORKER_ROLE: role, BLOB_STORE_URL: 's3://bucket' })).toBeUndefined();
  },
);

test.each([{}, { WORKER_ROLE: '' }, { WORKER_ROLE: 'all' }])('the standalone shares it with nobody: %j', (env) => {
  expect(unsharedBlobStore({ ...home, ...env })).toBeUndefined();
});
