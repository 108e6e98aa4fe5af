import { startBridge } from './bridge/start-bridge.ts';
import { ALLOW_REPLAY, readCommandLine, replayPermission } from './lifecycle/command-line.ts';
import { main } from './lifecycle/main.ts';
import { connectTemporal } from './temporal/client.ts';
import { shareConnection } from './temporal/shared-connection.ts';
import { startWorkers } from './workers/start-workers.ts';

const options = readCommandLine(ALLOW_REPLAY);
const environment = { ...process.env, ...replayPermission(options['allow-replay']) };
const openTemporal = shareConnection(connectTemporal);

/** The standalone: bridge and all worker roles in one process. It drains in reverse: the bridge stops taking records first. */
await main('standalone', [startWorkers(openTemporal), startBridge(openTemporal)], environment);
