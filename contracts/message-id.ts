import { createHash } from 'node:crypto';
import type { RecordSource } from './record.ts';

const PLAIN_ID = /^[A-Za-z0-9._-]{1,200}$/;

/**
 * The workflow ID of a message: FROZEN, because it is what makes a redelivered record harmless. A changed format would
 * start a second workflow, and pay the provider a second time, for every record that is read again.
 *
 * `:` occurs neither in a topic name nor in a plain id, so no two messages share an ID. A hashed id cannot meet a plain
 * one by accident: a plain id that itself looks like `sha256-<64 hex>` is hashed too.
 */
export function workflowIdOf(source: RecordSource, id: string | undefined): string {
  if (id === undefined) return `record:${source.topic}:${String(source.partition)}:${source.offset}`;
  return `message:${source.topic}:${plainOrHashed(id)}`;
}

function plainOrHashed(id: string): string {
  if (PLAIN_ID.test(id) && !/^sha256-[0-9a-f]{64}$/.test(id)) return id;
  return `sha256-${createHash('sha256').update(id, 'utf8').digest('hex')}`;
}
