import { DEAD_LETTERED, PARKED, WAITING_FOR_BATCH } from '../contracts/search-attributes.ts';
import { UsageError } from './command.ts';

/** What `list` can be narrowed to. Durations in milliseconds. */
export interface MessageFilter {
  readonly type?: string | undefined;
  readonly tenant?: string | undefined;
  /** One of {@link RUN_STATES} or {@link PIPELINE_STATES}. */
  readonly state?: string | undefined;
  readonly failure?: string | undefined;
  readonly olderThanMs?: number | undefined;
  readonly status: 'open' | 'failed' | 'all';
}

/** Words for a run's state, and how Temporal's visibility calls it. */
const STATUSES = {
  open: 'Running',
  completed: 'Completed',
  failed: 'Failed',
  cancelled: 'Canceled',
  terminated: 'Terminated',
  'timed-out': 'TimedOut',
} as const;
/** What the search attribute `PipelineState` says more of a message; that it was cancelled, its status says, too. */
export const PIPELINE_STATES: readonly string[] = [PARKED, WAITING_FOR_BATCH, DEAD_LETTERED];
export const RUN_STATES: readonly string[] = Object.keys(STATUSES);

const MESSAGES = 'WorkflowType = "processMessage"';
const NOT_DONE = ['Failed', 'Canceled', 'Terminated', 'TimedOut'] as const;

/**
 * The filter in Temporal's own query language (visibility list filter).
 * @throws {UsageError} when no message can be in that state: the search would only find none.
 */
export function toVisibilityQuery(filter: MessageFilter, now: Date): string {
  const conditions = [MESSAGES];
  if (filter.status === 'open') conditions.push(`ExecutionStatus = "Running"`);
  if (filter.status === 'failed') conditions.push(isOneOf('ExecutionStatus', NOT_DONE));
  if (filter.type !== undefined) conditions.push(`MessageType = ${quote(filter.type)}`);
  if (filter.tenant !== undefined) conditions.push(`Tenant = ${quote(filter.tenant)}`);
  if (filter.failure !== undefined) conditions.push(`FailureType = ${quote(filter.failure)}`);
  if (filter.state !== undefined) conditions.push(stateCondition(filter.state));
  if (filter.olderThanMs !== undefined) {
    conditions.push(`StartTime < "${new Date(now.getTime() - filter.olderThanMs).toISOString()}"`);
  }
  return conditions.join(' AND ');
}

/** An operator's own query, held to message workflows in a state the command can act on. */
export function restrictQuery(query: string, actsOn: 'open' | 'open or failed'): string {
  const statuses = actsOn === 'open' ? ['Running'] : ['Running', ...NOT_DONE];
  return `${MESSAGES} AND ${isOneOf('ExecutionStatus', statuses)} AND (${query})`;
}

/** The messages of a tenant that wait for its budget. */
export function parkedOf(tenant: string): string {
  return `PipelineState = ${quote(PARKED)} AND Tenant = ${quote(tenant)}`;
}

/** `90s`, `10m`, `2h`, `7d` in milliseconds. */
export function parseAge(text: string): number {
  const [, amount, unit] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  if (amount === undefined || unit === undefined) {
    throw new UsageError(`"${text}" is not an age: write a number and s, m, h or d, for example 10m.`);
  }
  return Number(amount) * { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }[unit as 's' | 'm' | 'h' | 'd'];
}

function stateCondition(state: string): string {
  const status = Object.entries(STATUSES).find(([name]) => name === state)?.[1];
  if (status !== undefined) return `ExecutionStatus = ${quote(status)}`;
  if (PIPELINE_STATES.includes(state)) return `PipelineState = ${quote(state)}`;
  throw new UsageError(`There is no state "${state}": ${[...RUN_STATES, ...PIPELINE_STATES].join(', ')}.`);
}

function isOneOf(attribute: string, values: readonly string[]): string {
  return `${attribute} IN (${values.map((value) => `"${value}"`).join(', ')})`;
}

/** Quoted for the query; a quote in a value would otherwise end it and let the rest act as query. */
function quote(value: string): string {
  return `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}
