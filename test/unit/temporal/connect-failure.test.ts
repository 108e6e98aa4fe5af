import { explainConnectFailure } from '../../../temporal/connect-failure.ts';

const explain = (message: string, usesTls = true) =>
  explainConnectFailure(new Error(message), { address: 'temporal:7233', namespace: 'default', usesTls });

/** As the native client and the one of the commands have said it. */
test.each([
  [
    'ConnectError(Custom { kind: InvalidData, error: InvalidCertificate(UnknownIssuer) })',
    /TLS connection .*_CA_CERT_PATH/,
  ],
  ['hyper::Error(Io, Custom { kind: BrokenPipe, error: "stream closed because of a broken pipe" })', /TLS connection/],
  ["code: 'The request does not have valid authentication credentials'", /does not accept .*TEMPORAL_API_KEY/],
  ['16 UNAUTHENTICATED: Request unauthorized.', /does not accept .*TEMPORAL_API_KEY/],
  [
    'Failed to connect before the deadline',
    /^Temporal does not answer at temporal:7233 for the namespace "default".*TEMPORAL_TLS/,
  ],
])('%s', (message, sentence) => {
  expect(explain(message)).toMatch(sentence);
});

test('a line that breaks off without TLS is no matter of certificates', () => {
  expect(explain('connection reset', false)).toMatch(/does not answer.*connection reset \(TEMPORAL_ADDRESS/);
});

test('what a cause says is said once, on one line, and not without end', () => {
  const cause = new Error('refused\nby the other side');
  const error = new Error('no connection', { cause: new Error('no connection', { cause }) });
  const where = { address: 'a:1', namespace: 'n', usesTls: false };
  expect(explainConnectFailure(error, where)).toContain('no connection: refused by the other side (');
  expect(explain('x'.repeat(10_000)).length).toBeLessThan(600);
});
