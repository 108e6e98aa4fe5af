import { z } from 'zod';
import type { JsonObject } from './completion.ts';

const isObject = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * The value of an input record. `payload` is any object here; each message type's processor checks its own.
 * Unknown members are refused: a misspelt `prioritiy` that is silently dropped is worse than a dead letter that names it.
 */
export const inputMessageSchema = z.strictObject({
  id: z.string().min(1).max(10_000).optional(),
  type: z.string().min(1).max(100),
  // What is in it came out of a JSON parser: looking again whether it is JSON costs more than the parsing.
  payload: z.custom<JsonObject>(isObject, 'Invalid input: expected an object'),
  tenant: z.string().min(1).max(200).optional(),
  priority: z.int().min(1).max(5).optional(),
  metadata: z.record(z.string().max(200), z.string().max(2_000)).optional(),
});
export type InputMessage = z.infer<typeof inputMessageSchema>;
