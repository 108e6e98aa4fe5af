/** The servers that `global-setup.ts` started, as tests find them through the environment variable `TEST_STACK`. */
export interface TestStack {
  /** What a pipeline process needs to find the servers; topics, group and limits are each test's own. */
  readonly env: Readonly<Record<string, string>>;
  readonly brokers: readonly string[];
  readonly temporalAddress: string;
  readonly namespace: string;
  /** With `/v1`; `createStandInClient` takes it. */
  readonly standInUrl: string;
  /** Of servers started for this run, for measuring; absent for one given from outside. Outages need a stack of their own. */
  readonly kafkaPid?: number;
  readonly temporalPid?: number;
  /** Logs of the servers are here. */
  readonly dataDir: string;
}

export function testStack(): TestStack {
  const json = process.env['TEST_STACK'];
  if (json === undefined) throw new Error('No servers: this test belongs to the jest project workflow or integration.');
  return JSON.parse(json) as TestStack;
}
