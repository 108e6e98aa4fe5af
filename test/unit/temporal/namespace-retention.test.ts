import { msToTs } from '@temporalio/common/lib/time.js';
import { DependencyUnavailableError } from '../../../lifecycle/errors.ts';
import { retentionOf } from '../../../temporal/namespace-retention.ts';

it('the retention of a namespace is told in milliseconds', () => {
  expect(retentionOf({ config: { workflowExecutionRetentionTtl: msToTs(86_400_000) } }, 'default')).toBe(86_400_000);
});

it('a retention that Temporal does not tell is none to rely on', () => {
  expect(() => retentionOf({ config: {} }, 'default')).toThrow(DependencyUnavailableError);
});
