import { assertBlobStoreAnswers, blobExpiry } from '../../../temporal/blob-checks.ts';
import { ConfigurationError, DependencyUnavailableError } from '../../../lifecycle/errors.ts';
import { createMemoryBlobStore } from '../../support/memory-blob-store.ts';

const days = (count: number) => count * 86_400_000;

it.each([
  { retention: 1, expiry: 30 },
  { retention: 23, expiry: 30 },
  { retention: 30, expiry: 37 },
  { retention: 90, expiry: 97 },
])('unless it is set, blobs outlive a retention of $retention days: they are kept for $expiry', (expected) => {
  const { retention, expiry } = expected;
  expect(blobExpiry({ configuredMs: undefined, retentionMs: days(retention) })).toBe(days(expiry));
});

it('what is set holds, if it is a day longer than the retention', () => {
  expect(blobExpiry({ configuredMs: days(8), retentionMs: days(7) })).toBe(days(8));
});

it('blobs that may expire before the runs that need them are a wrong configuration, told in one sentence', () => {
  const check = () => blobExpiry({ configuredMs: days(30.5), retentionMs: days(30) });
  expect(check).toThrow(ConfigurationError);
  expect(check).toThrow(/^BLOB_EXPIRY: .* 30\.5 days, the retention 30$/);
});

it('a store that does not answer at start is a dependency that is not there', async () => {
  const store = createMemoryBlobStore();
  await assertBlobStoreAnswers(store);
  store.isDown = true;
  const failure = await assertBlobStoreAnswers(store).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(DependencyUnavailableError);
  expect(String(failure)).toContain('BLOB_STORE_URL');
});
