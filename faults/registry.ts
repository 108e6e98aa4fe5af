import type { FaultCase } from './case.ts';
import { killProcess } from './cases/kill-process.ts';

/** Every case. A new family is one line here. */
export const FAULT_CASES: readonly FaultCase[] = [...killProcess];
