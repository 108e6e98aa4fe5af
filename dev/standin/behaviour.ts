import { z } from 'zod';
import { FAULTS } from './faults.ts';

/**
 * How the stand-in treats every call, on top of what directives inside a prompt ask for. Nothing set: it answers at once
 * and without limits.
 */
export const behaviourSchema = z.strictObject({
  /** Milliseconds between the end of the request and the start of the answer. Rejections by a limit come at once. */
  latencyMs: z.number().min(0).max(600_000).optional(),
  /** Share (0…1) of calls that get a fault, by the fault's name: `{ "500": 0.05, "reset": 0.01 }`. */
  errorMix: z
    .record(z.string(), z.number().min(0).max(1))
    .refine((mix) => Object.keys(mix).every((name) => name in FAULTS), {
      error: `errorMix: known faults are ${Object.keys(FAULTS).join(', ')}`,
    })
    .optional(),
  /** Makes `errorMix` repeatable. Default 1. */
  seed: z.int().optional(),
  requestsPerMinute: z.int().positive().optional(),
  /** Charged like OpenAI does: the larger of the output cap and an estimate of the prompt. */
  tokensPerMinute: z.int().positive().optional(),
  /** Share (0…1) of each prompt's tokens that come from a cache, as far as the usage tells. */
  cachedShare: z.number().min(0).max(1).optional(),
  /** Every call has its connection destroyed. */
  down: z.boolean().optional(),
  /** What becomes of batches created from now on. Limits and `latencyMs` are not theirs. */
  batch: z
    .strictObject({
      /** Milliseconds from a batch's creation to its end. Default 500. */
      durationMs: z.number().min(0).max(3_600_000).optional(),
      /** Default `completed`. `failed`: its file is refused, nothing is answered. */
      ends: z.enum(['completed', 'failed', 'expired']).optional(),
      /** A file with this text in it is refused: its batch ends as `failed`. */
      refusesText: z.string().min(1).optional(),
      /** Share (0…1) of the lines that are answered before it expires or is cancelled. Default 0. */
      answeredShare: z.number().min(0).max(1).optional(),
      /** Milliseconds during which an uploaded file is `pending`, as at Azure: no batch can be made of it. */
      fileProcessingMs: z.number().min(0).max(600_000).optional(),
      /** Uploaded files end as `error`. */
      fileFails: z.boolean().optional(),
      /** Milliseconds that its creation takes before there is a batch, whether its client waits for it or not. */
      beforeCreationMs: z.number().min(0).max(600_000).optional(),
      /** While it is made, the connection of the client that asked for it breaks. */
      breaksOffCreation: z.boolean().optional(),
      /** Milliseconds from its creation to the answer that says so. */
      afterCreationMs: z.number().min(0).max(600_000).optional(),
    })
    .optional(),
});
export type StandInBehaviour = z.infer<typeof behaviourSchema>;
