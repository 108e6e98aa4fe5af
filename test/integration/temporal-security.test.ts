import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startPipelineProcess } from '../../dev/stack/pipeline-process.ts';
import { findProjectRoot } from '../../dev/stack/project-root.ts';
import { createAuthority, type Certificate, type TestAuthority } from '../support/certificates.ts';
import { openPipelineBed, type PipelineBed } from '../support/pipeline-bed.ts';
import { runProgram } from '../support/run-program.ts';
import { testStack } from '../support/stack.ts';
import { startApiKeyFront, startMutualTlsFront, type Front } from '../support/temporal-fronts.ts';

jest.setTimeout(120_000);

const API_KEY = 'canary-api-key';

let authority: TestAuthority;
let stranger: TestAuthority;
let client: Certificate;
let mutualTls: Front;
let apiKeys: Front;
let bed: PipelineBed;

beforeAll(async () => {
  [authority, stranger] = [await createAuthority('test'), await createAuthority('stranger')];
  client = await authority.issue('client');
  const server = await authority.issue('temporal');
  const { temporalAddress } = testStack();
  mutualTls = await startMutualTlsFront(temporalAddress, { ca: authority.ca, server });
  apiKeys = await startApiKeyFront(temporalAddress, { apiKey: API_KEY, server });
  bed = await openPipelineBed('temporal-tls');
});
afterAll(async () => {
  await bed.close();
  mutualTls.close();
  apiKeys.close();
});

const mutual = ({ cert, key } = client, ca = authority.ca) => ({
  TEMPORAL_ADDRESS: mutualTls.address,
  TEMPORAL_TLS_SERVER_CA_CERT_PATH: ca,
  TEMPORAL_TLS_CLIENT_CERT_PATH: cert,
  TEMPORAL_TLS_CLIENT_KEY_PATH: key,
});
const withApiKey = (apiKey = API_KEY) => ({
  TEMPORAL_ADDRESS: apiKeys.address,
  TEMPORAL_TLS_SERVER_CA_CERT_PATH: authority.ca,
  TEMPORAL_API_KEY: apiKey,
});
const ctl = (env: Readonly<Record<string, string>>, ...args: string[]) =>
  runProgram(process.execPath, [join(findProjectRoot(), 'dist/ctl/main.js'), ...args], { ...bed.env, ...env });

test.each([
  ['a client certificate', () => mutual()],
  ['an API key', () => withApiKey()],
])('a message gets its result, and operators see it, through a Temporal that asks for %s', async (what, env) => {
  const id = what.replace(/\W/g, '-');
  const pipeline = await bed.start('main.js', { env: env() });
  await bed.send({ value: JSON.stringify({ id, type: 'summarize', payload: { text: 'Over a line that is kept.' } }) });
  expect(String((await bed.resultOf(id)).value)).toContain('completed');
  const shown = await ctl(env(), 'show', id);
  expect({ code: shown.code, stderr: shown.stderr }).toEqual({ code: 0, stderr: '' });
  expect(shown.stdout).toContain(`message:${bed.topics.input}:${id}`);
  expect(await pipeline.stop()).toBe(0);
  expect(readFileSync(pipeline.logFile, 'utf8')).not.toContain(API_KEY);
});

/** The command's client does not tell why a line broke off. */
const NO_ANSWER = /Temporal does not answer at \S+.*TEMPORAL_TLS/;
const CERTIFICATES = /TLS connection to Temporal at \S+ failed: .*\(TEMPORAL_TLS_SERVER_CA_CERT_PATH, /;

test.each<{
  what: string;
  env: () => Record<string, string> | Promise<Record<string, string>>;
  says: RegExp;
  ctlSays?: RegExp;
}>([
  {
    what: 'a Temporal of another authority',
    env: () => mutual(client, stranger.ca),
    says: CERTIFICATES,
    ctlSays: NO_ANSWER,
  },
  {
    what: 'a client certificate of another authority',
    env: async () => mutual(await stranger.issue('client')),
    // TLS 1.3 refuses a client after the handshake: a request that is under way then may be told of the broken line only.
    says: new RegExp(`${CERTIFICATES.source}|${NO_ANSWER.source}`),
    ctlSays: NO_ANSWER,
  },
  { what: 'no TLS where it is asked for', env: () => ({ TEMPORAL_ADDRESS: mutualTls.address }), says: NO_ANSWER },
  {
    what: 'a wrong API key',
    env: () => withApiKey('canary-guess'),
    says: /Temporal at \S+ does not accept the credentials: .*\(TEMPORAL_API_KEY, /,
  },
])('$what ends a process and a command with 75 and one sentence', async ({ env, says, ctlSays = says }) => {
  const variables = await env();
  const worker = await startPipelineProcess({ entry: 'bridge/main.js', env: { ...bed.env, ...variables } });
  expect(await worker.exited).toEqual({ code: 75, signal: null });
  const log = readFileSync(worker.logFile, 'utf8');
  const fatal = log.split('\n').filter((line) => line.includes('"level":60'));
  expect(fatal).toHaveLength(1);
  expect((JSON.parse(fatal[0]!) as { err: { message: string } }).err.message).toMatch(says);
  const command = await ctl(variables, 'list');
  expect(command.code).toBe(75);
  expect(command.stderr).toMatch(ctlSays);
  for (const text of [log, command.stderr]) expect(text).not.toContain('canary');
});
