import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import { observeEventLoopDelay } from './event-loop-delay.ts';

export type Metrics = ReturnType<typeof createMetrics>;

/** Every metric, named once. Labels come from closed sets only, never from ids, offsets or anything a message says. */
export function createMetrics() {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  observeEventLoopDelay(registers);
  return {
    registry,
    logErrors: new Counter({
      name: 'pipeline_log_write_errors_total',
      help: 'Log lines that could not be written when they were due, as on a full disk.',
      registers,
    }),
    bridge: {
      records: new Counter({
        name: 'pipeline_bridge_records_total',
        help: 'Input records handled, by what became of them.',
        labelNames: ['result'] as const, // started | duplicate | dead-lettered
        registers,
      }),
      deadLetters: new Counter({
        name: 'pipeline_bridge_dead_letters_total',
        help: 'Records that could not start a workflow, by failure type.',
        labelNames: ['failure_type'] as const,
        registers,
      }),
      quarantinedRecords: new Counter({
        name: 'pipeline_bridge_quarantined_records_total',
        help: 'Records in batches that could not be opened, by failure type; each batch is one dead letter.',
        labelNames: ['failure_type'] as const,
        registers,
      }),
      offsetResets: new Counter({
        name: 'pipeline_bridge_offset_resets_total',
        help: 'Times that records were deleted from a partition before they were read.',
        labelNames: ['topic', 'partition'] as const,
        registers,
      }),
      recordsDeletedUnread: new Counter({
        name: 'pipeline_bridge_records_deleted_unread_total',
        help: 'Offsets that were deleted before they were read.',
        labelNames: ['topic', 'partition'] as const,
        registers,
      }),
      startSeconds: new Histogram({
        name: 'pipeline_bridge_start_seconds',
        help: 'Time to start one workflow, retries included.',
        buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30],
        registers,
      }),
      startRetries: new Counter({
        name: 'pipeline_bridge_start_retries_total',
        help: 'Workflow starts tried again because Temporal did not accept them.',
        registers,
      }),
      openWorkflows: new Gauge({
        name: 'pipeline_bridge_open_workflows',
        help: 'Upper bound of the open message workflows, as backpressure sees it.',
        registers,
      }),
      pausedPartitions: new Gauge({
        name: 'pipeline_bridge_paused_partitions',
        help: 'Partitions paused by backpressure.',
        registers,
      }),
      lag: new Gauge({
        name: 'pipeline_bridge_lag_records',
        help: 'Records behind the end of the topic, by partition, as of the last fetch.',
        labelNames: ['topic', 'partition'] as const,
        registers,
      }),
      consumerRestarts: new Counter({
        name: 'pipeline_bridge_consumer_restarts_total',
        help: 'Consumers rebuilt after the client library gave up.',
        registers,
      }),
    },
    llm: {
      calls: new Counter({
        name: 'pipeline_llm_calls_total',
        help: 'Provider calls, by outcome: ok, cancelled, or the kind of error.',
        labelNames: ['provider', 'outcome'] as const,
        registers,
      }),
      callSeconds: new Histogram({
        name: 'pipeline_llm_call_seconds',
        help: 'Duration of a provider call.',
        labelNames: ['provider'] as const,
        buckets: [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120],
        registers,
      }),
      tokens: new Counter({
        name: 'pipeline_llm_tokens_total',
        help: 'Tokens as the provider counted them; cached is a part of input.',
        labelNames: ['provider', 'model', 'direction'] as const, // input | cached | output
        registers,
      }),
      cost: new Counter({
        name: 'pipeline_llm_cost_total',
        help: 'What answered calls cost by the price list.',
        labelNames: ['provider', 'model', 'currency'] as const,
        registers,
      }),
      unpriced: new Counter({
        name: 'pipeline_llm_unpriced_calls_total',
        help: 'Answered calls whose model has no price in the list; without a list there are none.',
        labelNames: ['provider', 'model'] as const,
        registers,
      }),
      unknownOutcomes: new Counter({
        name: 'pipeline_llm_unknown_outcome_total',
        help: 'Calls that may have been billed although no answer came.',
        labelNames: ['provider'] as const,
        registers,
      }),
      unknownOutcomeTokens: new Counter({
        name: 'pipeline_llm_unknown_outcome_tokens_total',
        help: 'A high estimate of what calls without a known outcome may have taken, input and output together.',
        labelNames: ['provider'] as const,
        registers,
      }),
      unknownOutcomeCost: new Counter({
        name: 'pipeline_llm_unknown_outcome_cost_total',
        help: 'A high estimate of what calls without a known outcome may have cost.',
        labelNames: ['provider', 'currency'] as const,
        registers,
      }),
      parked: new Counter({
        name: 'pipeline_llm_parked_total',
        help: 'Messages parked before their call, by whose budget was used up.',
        labelNames: ['budget'] as const, // tenant | total
        registers,
      }),
      inFlight: new Gauge({
        name: 'pipeline_llm_in_flight',
        help: 'Provider calls running, and messages that wait for the answer of an identical one.',
        registers,
      }),
      breakerState: new Gauge({
        name: 'pipeline_llm_breaker_state',
        help: '0: calls go out; 1: one permit is out as a probe, maybe waiting for a message; 2: no new polls; 3: paused by an operator.',
        labelNames: ['provider'] as const,
        registers,
      }),
      rate: new Gauge({
        name: 'pipeline_llm_rate_limit',
        help: 'What this process may use of the limits, a minute; +Inf: not limited.',
        labelNames: ['provider', 'limit'] as const, // requests | tokens
        registers,
      }),
      permitsHeld: new Gauge({
        name: 'pipeline_llm_permits_held',
        help: 'Permits granted to pollers that wait for work.',
        registers,
      }),
    },
    cache: {
      requests: new Counter({
        name: 'pipeline_cache_requests_total',
        help: 'Calls whose answer may be shared, by how it came; error: questions to the cache without an answer.',
        labelNames: ['result'] as const, // hit | shared | miss | error
        registers,
      }),
    },
    messages: {
      published: new Counter({
        name: 'pipeline_messages_published_total',
        help: 'Records published, by kind and failure type (empty for results).',
        labelNames: ['kind', 'failure_type'] as const, // result | dead-letter
        registers,
      }),
    },
    examples: {
      refreshes: new Counter({
        name: 'pipeline_examples_refreshes_total',
        help: 'Refreshes of the few-shot examples, by result.',
        labelNames: ['result'] as const, // changed | unchanged | failed
        registers,
      }),
      sets: new Gauge({
        name: 'pipeline_examples_sets',
        help: 'Message types with few-shot examples in use.',
        registers,
      }),
    },
  };
}
