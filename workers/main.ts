import { parseArgs } from 'node:util';
import { main } from '../lifecycle/main.ts';
import { connectTemporal } from '../temporal/client.ts';
import { startWorkers } from './start-workers.ts';

/** A worker process. `--role pipeline|llm|publish|examples|all` wins over WORKER_ROLE. */
const { values } = parseArgs({ options: { role: { type: 'string' } } });
const environment = values.role === undefined ? process.env : { ...process.env, WORKER_ROLE: values.role };
await main('worker', [startWorkers(connectTemporal)], environment);
