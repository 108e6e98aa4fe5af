import { main } from '../lifecycle/main.ts';
import { startCodecServer } from './start-codec-server.ts';

/** The codec server alone: for Temporal's UI and command line tool, which have no keys. */
await main('codec-server', [startCodecServer], { ...process.env, WORKER_ROLE: 'none' });
