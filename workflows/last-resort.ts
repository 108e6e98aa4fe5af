import { CancellationScope, setCurrentDetails } from '@temporalio/workflow';
import { endedByCancellation } from './ended-by-cancellation.ts';

/** The same `ask`, cancelled with all it waits for when it has brought nothing in time; then the result is `otherwise`. */
export async function atTheLatest<Answer>(
  { afterMs, otherwise }: { afterMs: number; otherwise: Answer },
  ask: () => Promise<Answer>,
): Promise<Answer> {
  const inTime = new CancellationScope({ cancellable: true, timeout: afterMs });
  try {
    return await inTime.run(ask);
  } catch (error) {
    // The message itself was cancelled.
    if (CancellationScope.current().consideredCancelled || !endedByCancellation(inTime, error)) throw error;
    setCurrentDetails('no answer in time: the result is its last resort');
    return otherwise;
  }
}
