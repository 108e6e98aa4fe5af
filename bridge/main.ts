import { ALLOW_REPLAY, readCommandLine, replayPermission } from '../lifecycle/command-line.ts';
import { main } from '../lifecycle/main.ts';
import { connectTemporal } from '../temporal/client.ts';
import { startBridge } from './start-bridge.ts';

const options = readCommandLine(ALLOW_REPLAY);
const environment = { ...process.env, ...replayPermission(options['allow-replay']) };

/** The bridge alone: it needs nothing of what workers need. */
await main('bridge', [startBridge(connectTemporal)], { ...environment, WORKER_ROLE: 'none' });
