import { readCommandLine } from '../lifecycle/command-line.ts';
import { main } from '../lifecycle/main.ts';
import { connectTemporal } from '../temporal/client.ts';
import { startWorkers } from './start-workers.ts';

/** A worker process. `--role pipeline|llm|publish|examples|all` wins over WORKER_ROLE. */
const { role } = readCommandLine({ role: { type: 'string' } });
const environment = role === undefined ? process.env : { ...process.env, WORKER_ROLE: role };
await main('worker', [startWorkers(connectTemporal)], environment);
