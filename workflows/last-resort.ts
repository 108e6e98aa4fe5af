import { CancellationScope, setCurrentDetails, sleep } from '@temporalio/workflow';
import { endedByCancellation } from './ended-by-cancellation.ts';

/**
 * The same `ask`, cancelled with all it waits for when it has brought nothing in time; then the result is `otherwise`. That is so
 * for a message that is cancelled after that, too: a task that has published its result may have been refused for the
 * cancellation, and the next one has to come to the same end.
 */
export async function atTheLatest<Answer>(
  { afterMs, otherwise }: { afterMs: number; otherwise: Answer },
  ask: () => Promise<Answer>,
): Promise<Answer> {
  const inTime = new CancellationScope();
  // Within it, so that a cancellation ends what is asked before the timer: recorded histories have it in this order.
  const timer = new CancellationScope({ cancellable: true, parent: inTime });
  const isLate = timer
    .run(() => sleep(afterMs))
    .then(
      () => true,
      () => false,
    );
  void isLate.then((late) => {
    if (late) inTime.cancel();
  });
  try {
    return await inTime.run(ask);
  } catch (error) {
    timer.cancel();
    if (!(await isLate) || !endedByCancellation(inTime, error)) throw error;
    setCurrentDetails('no answer in time: the result is its last resort');
    return otherwise;
  } finally {
    timer.cancel();
  }
}
