import { readFileSync } from 'node:fs';
import type { CaseBed } from '../bed/case-bed.ts';
import type { Evidence } from './evidence.ts';
import { bytesOf } from './records.ts';

const SAMPLED_HISTORIES = 10;

/** The provider's key is a text that is nowhere else. Where it shows up, it was leaked. */
export async function findSecret(
  { secret, client, processes }: Pick<CaseBed, 'secret' | 'client' | 'processes'>,
  { results, deadLetters, runs }: Pick<Evidence, 'results' | 'deadLetters' | 'runs'>,
): Promise<string[]> {
  const needle = Buffer.from(secret);
  const found = processes.all
    .filter(({ logFile }) => readFileSync(logFile).includes(needle))
    .map(({ logFile }) => logFile);
  const inRecords = (records: Evidence['results']) =>
    records.some((record) => bytesOf(record).includes(needle.toString('hex')));
  if (inRecords(results)) found.push('a result');
  if (inRecords(deadLetters)) found.push('a dead letter');
  const step = Math.max(1, Math.floor(runs.length / SAMPLED_HISTORIES));
  for (const { workflowId } of runs.filter((_, index) => index % step === 0)) {
    const history = await client.workflow.getHandle(workflowId).fetchHistory();
    if (holds(history, needle)) found.push(`the history of ${workflowId}`);
  }
  return found;
}

/** Payloads are bytes in a history, everything else is text. */
function holds(value: unknown, needle: Buffer): boolean {
  if (typeof value === 'string') return value.includes(needle.toString());
  if (value instanceof Uint8Array) return Buffer.from(value).includes(needle);
  if (typeof value !== 'object' || value === null) return false;
  return Object.values(value).some((member) => holds(member, needle));
}
