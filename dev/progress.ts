/** Receives one plain line of progress at a time, without a line break. */
export type OnProgress = (line: string) => void;

const FIRST_NOTICE_MS = 2_000;
const NOTICE_EVERY_MS = 10_000;

/** Runs `work`, and shows elapsed seconds for as long as it takes more than two. */
export async function withProgress<T>(label: string, onProgress: OnProgress, work: () => Promise<T>): Promise<T> {
  const startedAt = performance.now();
  const seconds = () => ((performance.now() - startedAt) / 1_000).toFixed(0);
  let notices = 0;
  const notice = () => {
    notices++;
    onProgress(`${label} … ${seconds()} s`);
    timer = setTimeout(notice, NOTICE_EVERY_MS);
  };
  let timer = setTimeout(notice, FIRST_NOTICE_MS);
  try {
    const result = await work();
    if (notices > 0) onProgress(`${label}: done in ${seconds()} s`);
    return result;
  } finally {
    clearTimeout(timer);
  }
}
