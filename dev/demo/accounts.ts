import type { ResultMessage } from '../../contracts/pipeline.ts';
import { workflowIdOf } from '../../contracts/message-id.ts';
import type { DemoInput, Position } from './demo-input.ts';

/** What came out of Kafka for one input record. */
export type Outcome =
  | { readonly kind: 'result'; readonly message: ResultMessage }
  | {
      readonly kind: 'dead-letter';
      readonly failureType: string;
      readonly failureMessage: string;
      readonly attempts: string;
    };

export interface Account {
  readonly input: DemoInput;
  readonly position: Position;
  readonly workflowId: string;
  readonly outcome: Outcome | undefined;
  /** How often the outcome was published: Kafka may get it more than once, with the same bytes. */
  readonly published: number;
  /** The bridge has committed an offset behind it. */
  readonly consumed: boolean;
  /** Something else than a repeat of the same outcome came for this record. */
  readonly contradicted: boolean;
}

/** Who owes what: every record sent, and what came of it. Outcomes name the record they are for by partition and offset. */
export interface Accounts {
  add(input: DemoInput, position: Position): void;
  /** Outcomes of records that are not ours are ignored: the topics may have other users. */
  settle(position: Position, outcome: Outcome): void;
  /** @param offset the next one the bridge would read. */
  committed(partition: number, offset: string): void;
  all(): readonly Account[];
  open(): readonly Account[];
  /** Those that did not end as expected, or have not ended. */
  wrong(): readonly Account[];
}

type OpenAccount = { -readonly [Key in keyof Account]: Account[Key] };

export function createAccounts(topic: string): Accounts {
  const accounts = new Map<string, OpenAccount>();
  // An outcome can be read before the producer has learned the record's offset.
  const early = new Map<string, Outcome[]>();
  const keyOf = ({ partition, offset }: Position) => `${String(partition)}/${offset}`;
  const list = () => [...accounts.values()];

  const settle = (position: Position, outcome: Outcome) => {
    const account = accounts.get(keyOf(position));
    if (account === undefined) {
      early.set(keyOf(position), [...(early.get(keyOf(position)) ?? []), outcome]);
      return;
    }
    account.contradicted ||= account.outcome !== undefined && !isSame(account.outcome, outcome);
    account.outcome ??= outcome;
    account.published += 1;
  };

  return {
    add(input, position) {
      const workflowId = workflowIdOf({ topic, ...position }, input.id);
      const account = { input, position, workflowId, outcome: undefined, published: 0 };
      accounts.set(keyOf(position), { ...account, consumed: false, contradicted: false });
      for (const outcome of early.get(keyOf(position)) ?? []) settle(position, outcome);
      early.delete(keyOf(position));
    },
    settle,
    committed(partition, offset) {
      for (const account of accounts.values()) {
        if (account.position.partition !== partition) continue;
        account.consumed ||= BigInt(account.position.offset) < BigInt(offset);
      }
    },
    all: list,
    open: () => list().filter((account) => !isSettled(account)),
    wrong: () => list().filter((account) => !isSettled(account) || !isAsExpected(account)),
  };
}

const isSame = (a: Outcome, b: Outcome): boolean => JSON.stringify(a) === JSON.stringify(b);

/** A repeat is settled when the bridge has passed it by. */
export function isSettled({ input, outcome, consumed }: Account): boolean {
  return outcome !== undefined || (input.expect.kind === 'repeat' && consumed);
}

export function isAsExpected({ input: { expect }, outcome, contradicted }: Account): boolean {
  if (contradicted) return false;
  switch (expect.kind) {
    case 'any':
      return outcome !== undefined;
    case 'result':
      return outcome?.kind === 'result';
    case 'repeat':
      return outcome === undefined;
    case 'dead-letter':
      return outcome?.kind === 'dead-letter' && outcome.failureType === expect.failureType;
  }
}
