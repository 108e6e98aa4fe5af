import { z } from 'zod';
import type { JsonObject } from './completion.ts';
import { MESSAGE_LIMITS } from './limits.ts';

const isObject = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * The value of an input record. `payload` is any object here; each message type's processor checks its own.
 * Unknown members are refused: a misspelt `prioritiy` that is silently dropped is worse than a dead letter that names it.
 */
export const inputMessageSchema = z.strictObject({
  id: z.string().min(1).max(MESSAGE_LIMITS.idChars).optional(),
  type: z.string().min(1).max(MESSAGE_LIMITS.typeChars),
  // What is in it came out of a JSON parser: looking again whether it is JSON costs more than the parsing.
  payload: z.custom<JsonObject>(isObject, 'Invalid input: expected an object'),
  tenant: z.string().min(1).max(MESSAGE_LIMITS.tenantChars).optional(),
  priority: z.int().min(1).max(5).optional(),
  metadata: z
    .record(z.string().max(MESSAGE_LIMITS.metadataNameChars), z.string().max(MESSAGE_LIMITS.metadataValueChars))
    .refine((metadata) => Object.keys(metadata).length <= MESSAGE_LIMITS.metadataEntries, {
      error: `Too many: expected at most ${String(MESSAGE_LIMITS.metadataEntries)} entries`,
    })
    .optional(),
});
export type InputMessage = z.infer<typeof inputMessageSchema>;
