import { pause } from '../lifecycle/pause.ts';
import { ProviderError } from './provider.ts';
import { scrub } from './scrub.ts';

/** What a server says of a file. */
export interface UploadedFile {
  readonly id: string;
  readonly status?: string | undefined;
  /** Why it is no good. */
  readonly status_details?: string | null | undefined;
}

/**
 * For how long a file in this state is looked at again, in milliseconds: Azure takes its time, and makes no batch of it before. OpenAI's files are
 * `processed` at once; some servers leave theirs at `uploaded`, or say nothing.
 */
const PATIENCE_MS: Readonly<Record<string, number>> = { pending: 600_000, running: 600_000, uploaded: 30_000 };
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 10_000;

/**
 * Waits until a batch can be made of the file. What is not known to be unready goes on: making the batch will tell.
 * @throws {ProviderError} when the server cannot use the file, and whatever `look` throws but for 404: not every server shows its files.
 */
export async function whenProcessed(
  uploaded: UploadedFile,
  { look, signal, secret }: { look: () => Promise<UploadedFile>; signal: AbortSignal; secret: string | undefined },
): Promise<void> {
  const since = Date.now();
  let file = uploaded;
  for (
    let pauseMs = FIRST_PAUSE_MS;
    Date.now() - since < patienceWith(file);
    pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)
  ) {
    await pause(pauseMs, signal);
    signal.throwIfAborted();
    try {
      file = await look();
    } catch (error) {
      if (error instanceof ProviderError && error.status === 404) return;
      throw error;
    }
  }
  if (stateOf(file) !== 'error') return;
  const why = file.status_details ?? 'it does not say why';
  throw new ProviderError('bad-request', scrub(`the provider cannot use the file: ${why}`, secret), {
    maybePaid: false,
  });
}

const patienceWith = (file: UploadedFile): number => PATIENCE_MS[stateOf(file)] ?? 0;
const stateOf = ({ status }: UploadedFile): string => String(status).toLowerCase();
