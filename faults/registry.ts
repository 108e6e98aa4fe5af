import type { FaultCase } from './case.ts';
import { freezeProcess } from './cases/freeze-process.ts';
import { hostileInput } from './cases/hostile-input.ts';
import { kafkaConnection, lostProduceAnswers } from './cases/kafka-connection.ts';
import { killProcess } from './cases/kill-process.ts';
import { providerFaults } from './cases/provider-faults.ts';
import { rebalance } from './cases/rebalance.ts';
import { repeatedInput } from './cases/repeated-input.ts';
import { serverOutage } from './cases/server-outage.ts';
import { shutdown } from './cases/shutdown.ts';

/** Every case. A new family is one line here. */
export const FAULT_CASES: readonly FaultCase[] = [
  ...killProcess,
  ...freezeProcess,
  ...serverOutage,
  ...kafkaConnection,
  lostProduceAnswers,
  ...providerFaults,
  ...hostileInput,
  ...repeatedInput,
  ...rebalance,
  ...shutdown,
];
