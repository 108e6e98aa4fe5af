import { z } from 'zod';

/**
 * The value of an input record. `payload` is any object here; each message type's processor checks its own.
 * Unknown members are refused: a misspelt `prioritiy` that is silently dropped is worse than a dead letter that names it.
 */
export const inputMessageSchema = z.strictObject({
  id: z.string().min(1).max(10_000).optional(),
  type: z.string().min(1).max(100),
  payload: z.record(z.string(), z.json()),
  tenant: z.string().min(1).max(200).optional(),
  priority: z.int().min(1).max(5).optional(),
  metadata: z.record(z.string().max(200), z.string().max(2_000)).optional(),
});
export type InputMessage = z.infer<typeof inputMessageSchema>;
