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
  /**
   * Of tenants that have a budget, at most `MAX_TENANTS_AT_ONCE`. The answer is about them; so a worker that only wants to know names
   * them with nothing spent.
   */
  readonly tenants: readonly SpentBy[];
}

/** In a report or a question: producers name tenants, and what crosses Temporal in one piece has to stay below 2 MB. */
export const MAX_TENANTS_AT_ONCE = 500;

/** Of those it was asked about, whose messages are to wait. Numbers only: words are made where they are shown. */
export interface UsedUp {
  /** For example `2026-11-25`. */
  readonly day: string;
  /** Milliseconds since the epoch: the end of the day. */
  readonly until: number;
  /** ISO 4217: of what was spent in money. */
  readonly currency?: string | undefined;
  /** Then everybody's are. */
  readonly total?: Excess;
  readonly tenants: readonly (readonly [tenant: string, excess: Excess])[];
  /** No budget holds for them today, the total one neither: an operator says so. */
  readonly lifted: readonly string[];
  /** Of more tenants it keeps no account today: what they spend is in the total alone. */
  readonly isFull?: true;
}

/** All of a limit, or more. Money in billionths. */
export interface Excess {
  readonly of: 'tokens' | 'money';
  readonly spent: number;
  readonly limit: number;
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
  /** By tenants of whom it keeps no account, because it is full. */
  readonly others?: Spent;
  readonly lifted: readonly string[];
  /** The last report of each, and when it came. */
  readonly workers: readonly (readonly [worker: string, last: { readonly sequence: number; readonly at: number }])[];
}

export const NOTHING_SPENT: Spent = { tokens: 0, nanoCost: 0 };

export function addSpent(a: Spent, b: Spent): Spent {
  return { tokens: a.tokens + b.tokens, nanoCost: a.nanoCost + b.nanoCost };
}

export function isNothing({ tokens, nanoCost }: Spent): boolean {
  return tokens === 0 && nanoCost === 0;
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

/** `undefined`: something is left. */
export function excessOf(spent: Spent, limit: DayLimit | undefined): Excess | undefined {
  if (limit === undefined || partSpent(spent, limit) < 1) return undefined;
  const { tokensPerDay, costPerDay = 0 } = limit;
  return tokensPerDay !== undefined && spent.tokens >= tokensPerDay
    ? { of: 'tokens', spent: spent.tokens, limit: tokensPerDay }
    : { of: 'money', spent: spent.nanoCost, limit: costPerDay * 1e9 };
}
