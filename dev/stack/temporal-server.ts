import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import { SEARCH_ATTRIBUTES } from '../../contracts/search-attributes.ts';
import { withProgress, type OnProgress } from '../progress.ts';
import { findProjectRoot } from './project-root.ts';
import { startServer, type OwnServer } from './server.ts';
import { findTemporalExecutable } from './temporal-executable.ts';

export interface TemporalServerOptions {
  readonly port: number;
  /** Absent: without the Web UI. */
  readonly uiPort?: number | undefined;
  /** For the Web UI. */
  readonly codecEndpoint?: string | undefined;
  /** A file's state survives `kill`; memory's does not, and costs half the CPU. */
  readonly db: 'memory' | 'file';
  readonly dataDir: string;
  readonly onProgress: OnProgress;
}

export const NAMESPACE = 'default';
const DYNAMIC_CONFIG = [
  // One partition a task queue: four cost polls, and make a rate limit of n a burst of 4 × n/4.
  'matching.numTaskqueueReadPartitions=1',
  'matching.numTaskqueueWritePartitions=1',
  // Task priorities and fairness are off by default in this version.
  'matching.useNewMatcher=true',
  'matching.enableFairness=true',
  // By default one shard's tasks are read from the database 20 times a second: where all workflows share one shard, as here,
  // each step then waits up to 50 ms for the next reading. More often than this costs CPU.
  'history.transferProcessorMaxPollRPS=50',
  // The dev server reads the search attributes from its database with every start and every visibility record, so that new
  // ones are seen at once. Ours are there from its start on.
  'system.forceSearchAttributesCacheRefreshOnRead=false',
];

/** Temporal's dev server on 127.0.0.1, with its `default` namespace and the pipeline's search attributes. */
export async function startTemporalServer(options: TemporalServerOptions): Promise<OwnServer> {
  const { port, dataDir, onProgress } = options;
  const logFile = join(dataDir, 'temporal.log');
  const server = {
    name: 'Temporal',
    command: await findTemporalExecutable(onProgress),
    args: argumentsOf(options),
    cwd: findProjectRoot(),
    // Fewer garbage collections: 28 % less server CPU together with the single partitions and WAL.
    env: { ...process.env, GOGC: '400' },
    logFile,
    probe: () => probe(`127.0.0.1:${String(port)}`),
    onUnexpectedExit: () => {
      onProgress(`Temporal stopped unexpectedly, see ${logFile}`);
    },
  };
  return withProgress('Temporal: starting', onProgress, () => startServer(server));
}

function argumentsOf({ port, uiPort, codecEndpoint, db, dataDir }: TemporalServerOptions): string[] {
  const database =
    db === 'memory'
      ? []
      : [
          '--db-filename',
          join(dataDir, 'temporal.db'),
          '--sqlite-pragma',
          'journal_mode=WAL',
          '--sqlite-pragma',
          'synchronous=NORMAL',
        ];
  return [
    ...['server', 'start-dev', '--ip', '127.0.0.1', '--port', String(port), '--log-level', 'warn'],
    ...(uiPort === undefined ? ['--headless'] : ['--ui-port', String(uiPort)]),
    ...(codecEndpoint === undefined ? [] : ['--ui-codec-endpoint', codecEndpoint]),
    ...database,
    ...DYNAMIC_CONFIG.flatMap((setting) => ['--dynamic-config-value', setting]),
    ...Object.values(SEARCH_ATTRIBUTES).flatMap(({ name }) => ['--search-attribute', `${name}=Keyword`]),
  ];
}

/** The frontend answers before its namespace can be used, so a namespace call is what counts. */
async function probe(address: string): Promise<void> {
  const connection = await Connection.connect({ address, connectTimeout: 1_000 });
  try {
    await connection.withDeadline(Date.now() + 1_000, () =>
      connection.workflowService.describeNamespace({ namespace: NAMESPACE }),
    );
    // Visibility has the search attributes only when the whole server is up.
    await connection.withDeadline(Date.now() + 1_000, () =>
      connection.workflowService.listWorkflowExecutions({
        namespace: NAMESPACE,
        pageSize: 1,
        query: `PipelineState = 'none'`,
      }),
    );
  } finally {
    await connection.close();
  }
}
