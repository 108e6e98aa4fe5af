import { CancellationScope, isCancellation, setCurrentDetails } from '@temporalio/workflow';

/** The same `ask`, cancelled with all it waits for when it has brought nothing in time; then the result is `otherwise`. */
export async function atTheLatest<Answer>(
  { afterMs, otherwise }: { afterMs: number; otherwise: Answer },
  ask: () => Promise<Answer>,
): Promise<Answer> {
  try {
    return await CancellationScope.withTimeout(afterMs, ask);
  } catch (error) {
    // The message itself was cancelled.
    if (!isCancellation(error) || CancellationScope.current().consideredCancelled) throw error;
    setCurrentDetails('no answer in time: the result is its last resort');
    return otherwise;
  }
}
