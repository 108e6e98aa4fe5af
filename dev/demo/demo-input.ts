import type { MessageFailureType } from '../../contracts/failure-types.ts';

/** How a message has to end. `any`: with a real provider, what was meant for the stand-in may end either way. */
export type Expectation =
  | { readonly kind: 'result' | 'repeat' | 'any' }
  | { readonly kind: 'dead-letter'; readonly failureType: MessageFailureType };

/** One record the demo sends. */
export interface DemoInput {
  /** For people. */
  readonly name: string;
  readonly id: string | undefined;
  readonly type: string;
  readonly tenant: string;
  readonly priority: number | undefined;
  readonly key: string | null;
  readonly value: string | null;
  readonly expect: Expectation;
  /** Repeats are sent once the first record with their id was accepted, as a producer that tries again does. */
  readonly wave: 1 | 2;
}

export interface Position {
  readonly partition: number;
  /** A decimal int64. */
  readonly offset: string;
}
