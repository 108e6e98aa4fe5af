import type { Message } from 'kafkajs';
import type { StandInCall } from '../../dev/standin/client.ts';
import { headerText } from './followed-topic.ts';
import type { ReadRecord } from '../../dev/stack/followed-topic.ts';
import type { PipelineBed } from './pipeline-bed.ts';

/** What became of messages, as the outside has it: the topics, Temporal, and the stand-in's ledger. By message id. */
export interface Account {
  readonly results: ReadonlyMap<string, readonly ReadRecord[]>;
  readonly deadLetters: readonly ReadRecord[];
  /** Run ids, open and closed ones. */
  readonly runs: ReadonlyMap<string, readonly string[]>;
  readonly calls: ReadonlyMap<string, readonly StandInCall[]>;
}

/** Messages `<prefix>-0` and so on whose calls the ledger can be searched for. */
export function numbered(
  prefix: string,
  count: number,
): { readonly ids: readonly string[]; readonly records: Message[] } {
  const ids = Array.from({ length: count }, (_, index) => `${prefix}-${String(index)}`);
  const records = ids.map((id) => ({
    key: id,
    value: JSON.stringify({ id, type: 'summarize', payload: { text: `${id}: a text to summarise.` } }),
  }));
  return { ids, records };
}

export async function takeAccount({ client, standIn, results, deadLetters, topics }: PipelineBed): Promise<Account> {
  const runs: (readonly [id: string, runId: string])[] = [];
  for await (const { workflowId, runId } of client.workflow.list({ query: "WorkflowType = 'processMessage'" })) {
    runs.push([workflowId.replace(`message:${topics.input}:`, ''), runId]);
  }
  return {
    results: byId((await results.toEnd()).map((record) => [headerText(record, 'message-id') ?? '', record] as const)),
    deadLetters: await deadLetters.toEnd(),
    runs: byId(runs),
    calls: byId(
      (await standIn.calls()).map((call) => [/<text>\n(\S+):/.exec(call.prompt)?.[1] ?? call.prompt, call] as const),
    ),
  };
}

/** Everything about a result record that its repeat has to have, too. */
export function bytesOf({ key, value, headers }: ReadRecord): string {
  const texts = Object.entries(headers).map(([name, content]) => `${name}=${String(content)}`);
  return [String(key), ...texts, String(value)].join('\n');
}

/**
 * Every message has one run and one result (repeats have the same bytes), and there is no dead letter.
 * The messages given are all that the bed ever got.
 */
export function expectOneResultEach({ results, deadLetters, runs }: Account, ids: readonly string[]): void {
  const sorted = ids.toSorted();
  expect([...results.keys()].sort()).toEqual(sorted);
  for (const repeats of results.values()) expect(new Set(repeats.map(bytesOf)).size).toBe(1);
  expect(deadLetters).toEqual([]);
  expect([...runs.keys()].sort()).toEqual(sorted);
  expect([...runs.values()].filter((ofOne) => ofOne.length > 1)).toEqual([]);
}

function byId<T>(entries: readonly (readonly [id: string, value: T])[]): Map<string, T[]> {
  const grouped = new Map<string, T[]>();
  for (const [id, value] of entries) {
    const values = grouped.get(id);
    if (values === undefined) grouped.set(id, [value]);
    else values.push(value);
  }
  return grouped;
}
