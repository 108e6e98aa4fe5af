import { inHours } from './in-hours.ts';

export interface Retentions {
  readonly namespace: string;
  /** Of the namespace, in milliseconds. */
  readonly retentionMs: number;
  /** Of each topic, in milliseconds. */
  readonly topics: ReadonlyMap<string, number>;
}

/** One sentence when a topic keeps records for longer than Temporal knows that they were worked on. */
export function describeShortRetention({ namespace, retentionMs, topics }: Retentions): string | undefined {
  const longer = [...topics].filter(([, keptMs]) => keptMs > retentionMs);
  if (longer.length === 0) return undefined;
  const named = longer.map(([topic, keptMs]) => `${topic} (${inHours(keptMs)})`).join(', ');
  const longest = Math.max(...longer.map(([, keptMs]) => keptMs));
  const wanted = Number.isFinite(longest) ? `${String(Math.ceil(longest / 3_600_000))}h` : 'HOURSh';
  return (
    `The namespace "${namespace}" knows an ended message for ${inHours(retentionMs)}, but records are kept for longer in ${named}: ` +
    `one that is read again later is worked on and paid again. Raise it with ` +
    `"temporal operator namespace update --namespace ${namespace} --retention ${wanted}"`
  );
}
