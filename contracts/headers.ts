/** Kafka record headers, by meaning. The strings are outside names: consumers read them, so they never change. */
export const INPUT_HEADERS = {
  messageId: 'message-id',
  cloudEventsId: 'ce_id',
  traceparent: 'traceparent',
} as const;

export const RESULT_HEADERS = {
  messageId: 'message-id',
  workflowId: 'workflow-id',
  runId: 'run-id',
  contentType: 'content-type',
  schemaVersion: 'schema-version',
  traceparent: 'traceparent',
} as const;

export const DEAD_LETTER_HEADERS = {
  originalTopic: 'dead-letter-original-topic',
  originalPartition: 'dead-letter-original-partition',
  originalOffset: 'dead-letter-original-offset',
  originalTimestamp: 'dead-letter-original-timestamp',
  failureType: 'dead-letter-failure-type',
  failureMessage: 'dead-letter-failure-message',
  attempts: 'dead-letter-attempts',
  workflowId: 'dead-letter-workflow-id',
  redriveCount: 'dead-letter-redrive-count',
} as const;

/** Only on a dead letter whose topic takes no record as large as its input: so many bytes of the value were left out. */
export const OMITTED_BYTES_HEADER = 'dead-letter-omitted-bytes';
/** In addition, when a dead letter stands for a whole batch that could not be opened. */
export const DEAD_LETTER_BATCH_HEADERS = {
  lastOffset: 'dead-letter-original-last-offset',
  recordCount: 'dead-letter-batch-records',
  compression: 'dead-letter-batch-compression',
} as const;

/** The version of the result record's shape, as the header `schema-version` carries it. */
export const RESULT_SCHEMA_VERSION = '1';
