import { INPUT_HEADERS, RESULT_HEADERS, RESULT_SCHEMA_VERSION } from './headers.ts';
import type { ResultMessage } from './pipeline.ts';
import { decodeBytes, type InputRecord, type OutgoingRecord } from './record.ts';

/** The result as a Kafka record: bytes that depend on the workflow's history alone, never on the clock or the process. */
export function toResultRecord(input: {
  record: InputRecord;
  workflowId: string;
  runId: string;
  result: ResultMessage;
  topic: string;
}): OutgoingRecord {
  const { record, result } = input;
  const headers: [string, Buffer][] = [
    [RESULT_HEADERS.messageId, Buffer.from(result.id)],
    [RESULT_HEADERS.workflowId, Buffer.from(input.workflowId)],
    [RESULT_HEADERS.runId, Buffer.from(input.runId)],
    [RESULT_HEADERS.contentType, Buffer.from('application/json')],
    [RESULT_HEADERS.schemaVersion, Buffer.from(RESULT_SCHEMA_VERSION)],
  ];
  const traceparent = record.headers.find(([name]) => name === INPUT_HEADERS.traceparent)?.[1];
  if (traceparent) headers.push([RESULT_HEADERS.traceparent, decodeBytes(traceparent)]);
  return {
    topic: input.topic,
    key: record.key === null ? Buffer.from(result.id) : decodeBytes(record.key),
    value: Buffer.from(JSON.stringify(result)),
    headers,
  };
}
