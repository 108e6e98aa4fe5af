import type { FaultCase } from './case.ts';
import { cancel } from './cases/cancel.ts';
import { diskFull } from './cases/disk-full.ts';
import { freezeProcess } from './cases/freeze-process.ts';
import { hostileInput } from './cases/hostile-input.ts';
import { kafkaConnection, lostProduceAnswers } from './cases/kafka-connection.ts';
import { killAnything } from './cases/kill-anything.ts';
import { killProcess } from './cases/kill-process.ts';
import { largePayloads } from './cases/large-payloads.ts';
import { load } from './cases/load.ts';
import { missingThings } from './cases/missing-things.ts';
import { providerFaults } from './cases/provider-faults.ts';
import { rebalance } from './cases/rebalance.ts';
import { repeatedInput } from './cases/repeated-input.ts';
import { secret } from './cases/secret.ts';
import { serverOutage } from './cases/server-outage.ts';
import { shutdown } from './cases/shutdown.ts';
import { temporalConnection } from './cases/temporal-connection.ts';

/** Every case. A new family is one line here. */
export const FAULT_CASES: readonly FaultCase[] = [
  ...killProcess,
  ...killAnything,
  ...freezeProcess,
  ...serverOutage,
  ...diskFull,
  ...kafkaConnection,
  lostProduceAnswers,
  ...temporalConnection,
  ...providerFaults,
  ...secret,
  ...hostileInput,
  ...repeatedInput,
  ...missingThings,
  ...rebalance,
  ...shutdown,
  ...cancel,
  ...load,
  ...largePayloads,
];
