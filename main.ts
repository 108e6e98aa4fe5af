import { startBridge } from './bridge/start-bridge.ts';
import { main } from './lifecycle/main.ts';
import { startWorkers } from './workers/start-workers.ts';

/** The standalone: bridge and all worker roles in one process. It drains in reverse: the bridge stops taking records first. */
await main('standalone', [startWorkers, startBridge], process.env);
