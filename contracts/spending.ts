import type { TokenUsage, Cost } from './completion.ts';

/**
 * What the `llm` workers and the account of the day say to each other. The account is a workflow that adds up what all of them
 * spend, and says whose budget is used up. An outside name, as are those of its update, signals and queries.
 */
export const SPENDING = {
  workflowType: 'spending',
  workflowId: 'spending',
  report: 'report',
  lastReport: 'lastReport',
  lift: 'lift',
  usedUp: 'usedUp',
  state: 'state',
} as const;

/** For a day. Without a member: not limited in it. */
export interface DayLimit {
  /** Input and output together. */
  readonly tokensPerDay?: number | undefined;
  /** Of the price list's currency. */
  readonly costPerDay?: number | undefined;
}

export interface Budgets {
  /** IANA name: days begin at midnight there. */
  readonly timeZone: string;
  /** Of all messages together, those without a tenant included. */
  readonly total?: DayLimit | undefined;
  readonly tenants: Readonly<Record<string, DayLimit>>;
  /** Of each tenant that is not named. */
  readonly defaultTenant?: DayLimit | undefined;
  /** ISO 4217; absent without a price list. */
  readonly currency?: string | undefined;
}

/** Whole numbers, so that sums are exact. */
export interface Spent {
  readonly tokens: number;
  /** Billionths of the currency. */
  readonly nanoCost: number;
}
export type SpentBy = readonly [tenant: string, spent: Spent];

export interface SpendingReport {
  /** Unique among all that ever reported. */
  readonly worker: string;
  /** From 1. A report that is repeated is counted once. */
  readonly sequence: number;
  /** As the worker is configured; told at first, and to an account that is new. The newest hold. */
  readonly budgets?: Budgets;
  readonly total: Spent;
  /** Of tenants that have a budget. */
  readonly tenants: readonly SpentBy[];
}

/** Whose messages are to wait. */
export interface UsedUp {
  /** Milliseconds since the epoch: the end of the day. */
  readonly until: number;
  /** Why everybody's, in words for people. */
  readonly total?: string;
  /** Why theirs, by tenant. */
  readonly tenants: readonly (readonly [tenant: string, because: string])[];
  /** No budget holds for them today, the total one neither: an operator says so. */
  readonly lifted: readonly string[];
}

/** What the account hands on to its next run, and shows when it is asked. */
export interface SpendingState {
  readonly budgets: Budgets;
  /** For example `2026-11-25`. */
  readonly day: string;
  /** Milliseconds since the epoch. */
  readonly endsAt: number;
  readonly total: Spent;
  readonly tenants: readonly SpentBy[];
  readonly lifted: readonly string[];
  /** The last report of each, and when it came. */
  readonly workers: readonly (readonly [worker: string, last: { readonly sequence: number; readonly at: number }])[];
}

export const NOTHING_SPENT: Spent = { tokens: 0, nanoCost: 0 };

export function addSpent(a: Spent, b: Spent): Spent {
  return { tokens: a.tokens + b.tokens, nanoCost: a.nanoCost + b.nanoCost };
}

/** Of one call. What has no price counts in tokens only. */
export function toSpent({ inputTokens, outputTokens }: TokenUsage, cost: Cost | undefined): Spent {
  return { tokens: inputTokens + outputTokens, nanoCost: cost === undefined ? 0 : Math.round(cost.amount * 1e9) };
}

/** `undefined`: nobody limits this tenant. */
export function limitOf({ tenants, defaultTenant }: Budgets, tenant: string): DayLimit | undefined {
  return Object.hasOwn(tenants, tenant) ? tenants[tenant] : defaultTenant;
}

/** The part of the limit that is spent: 1 and more is all of it. */
export function partSpent({ tokens, nanoCost }: Spent, { tokensPerDay, costPerDay }: DayLimit): number {
  return Math.max(tokens / (tokensPerDay ?? Infinity), nanoCost / ((costPerDay ?? Infinity) * 1e9));
}
