import { main } from '../lifecycle/main.ts';
import { connectTemporal } from '../temporal/client.ts';
import { startBridge } from './start-bridge.ts';

/** The bridge alone: it needs nothing of what workers need. */
await main('bridge', [startBridge(connectTemporal)], { ...process.env, WORKER_ROLE: 'none' });
