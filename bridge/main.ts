import { main } from '../lifecycle/main.ts';
import { startBridge } from './start-bridge.ts';

/** The bridge alone: it needs nothing of what workers need. */
await main('bridge', [startBridge], { ...process.env, WORKER_ROLE: 'none' });
