import type { BatchObject } from './batch-object.ts';
import type { StandInBehaviour } from './behaviour.ts';
import type { StandInCall, StandInStats } from './ledger.ts';

export type { StandInBehaviour, StandInCall, StandInStats };

interface Batches {
  readonly batches: BatchObject[];
  readonly creating: number;
  readonly uploads: number;
}

/** Asks a running stand-in what it saw, and tells it how to behave. Every method throws when the server is not there. */
export interface StandInClient {
  /** In the order of arrival; the newest 200,000. */
  calls(): Promise<StandInCall[]>;
  stats(): Promise<StandInStats>;
  /** Batches in the order of their creation, how many requests are in those that are yet to be, and the number of input files that were uploaded. */
  batches(): Promise<Batches>;
  /** Replaces the whole behaviour: `{}` is back to normal. Of new limits, what the last minute has used stays used. */
  configure(behaviour: StandInBehaviour): Promise<void>;
  /** Empties the ledger, and forgets batches and which directives and how much of the limits were used. The behaviour stays. */
  reset(): Promise<void>;
}

/** @param baseUrl the stand-in's URL, with or without `/v1`. */
export function createStandInClient(baseUrl: string): StandInClient {
  const control = `${baseUrl.replace(/\/+$/, '').replace(/\/v1$/, '')}/stand-in`;
  const ask = async (path: string, init?: RequestInit): Promise<unknown> => {
    const response = await fetch(`${control}/${path}`, init);
    if (!response.ok) throw new Error(`${path} of the stand-in: ${String(response.status)} ${await response.text()}`);
    return response.json();
  };
  return {
    calls: () => ask('calls') as Promise<StandInCall[]>,
    stats: () => ask('stats') as Promise<StandInStats>,
    batches: () => ask('batches') as Promise<Batches>,
    configure: async (behaviour) => {
      await ask('behaviour', { method: 'POST', body: JSON.stringify(behaviour) });
    },
    reset: async () => {
      await ask('reset', { method: 'POST' });
    },
  };
}
