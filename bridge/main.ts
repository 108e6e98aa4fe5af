import { main } from '../lifecycle/main.ts';
import { startBridge } from './start-bridge.ts';

await main('bridge', [startBridge], process.env);
