import { assertBlobsOutliveRuns, assertBlobStoreAnswers } from '../../../temporal/blob-checks.ts';
import { ConfigurationError, DependencyUnavailableError } from '../../../lifecycle/errors.ts';
import { createMemoryBlobStore } from '../../support/memory-blob-store.ts';

const DAY_S = 86_400;
const namespaceOf = (days: number) => ({
  // The decoder gives a Long; only its types ask for one.
  config: { workflowExecutionRetentionTtl: { seconds: (days * DAY_S) as unknown as never } },
});

it('blobs that expire before the runs that need them are a wrong configuration, told in one sentence', () => {
  const expiryMs = 30 * DAY_S * 1_000;
  assertBlobsOutliveRuns(namespaceOf(29), { expiryMs });
  const check = () => {
    assertBlobsOutliveRuns(namespaceOf(30), { expiryMs });
  };
  expect(check).toThrow(ConfigurationError);
  expect(check).toThrow(/^BLOB_EXPIRY: .* 30 days, the retention 30$/);
});

it('a store that does not answer at start is a dependency that is not there', async () => {
  const store = createMemoryBlobStore();
  await assertBlobStoreAnswers(store);
  store.isDown = true;
  const failure = await assertBlobStoreAnswers(store).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(DependencyUnavailableError);
  expect(String(failure)).toContain('BLOB_STORE_URL');
});
