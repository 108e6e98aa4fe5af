/**
 * Chooses one of several labels by counting words. It is no classifier; it is right often enough that a demo's results
 * look like results, and always gives the same label for the same text.
 */
const WORDS: Readonly<Record<string, string>> = {
  spam: 'free winner won prize click offer money cash guarantee guaranteed credit loan viagra unsubscribe remove cheap limited urgent million bonus casino earn income mortgage opt-in $$$ !!! 100% <html <font href nbsp advertis toll-free',
  ham: 'wrote attached meeting patch list re: thanks regards lunch version bug kernel perl python > -- url: list-id in-reply-to references: sourceforge',
  positive: 'good great love excellent happy thanks perfect wonderful best amazing',
  negative: 'bad broken terrible hate worst disappointed angry never refund awful useless failed',
  billing: 'invoice charge charged payment refund bill price card subscription',
  technical: 'error crash bug install login password server update app broken',
  urgent: 'urgent immediately asap now down outage critical deadline',
  complaint: 'complaint disappointed unacceptable refund broken late never',
  question: '? how what when where why',
};
/** Taken when no word speaks for any label. */
const NEUTRAL = ['ham', 'neutral', 'other', 'unknown', 'general', 'none', 'low', 'normal'];
const MAX_CHARS = 8_000;
/** More of the same word says nothing new. */
const MAX_COUNTED = 3;

export function chooseLabel(labels: readonly string[], fullText: string): string {
  const text = fullText.slice(0, MAX_CHARS).toLowerCase();
  const scored = labels.map((label) => ({ label, score: scoreOf(label, text) }));
  const best = Math.max(...scored.map(({ score }) => score));
  const leaders = scored.filter(({ score }) => score === best).map(({ label }) => label);
  const neutral = leaders.find((label) => NEUTRAL.includes(label.toLowerCase()));
  return neutral ?? leaders[0] ?? '';
}

function scoreOf(label: string, text: string): number {
  const words = WORDS[label.toLowerCase().replaceAll('_', ' ').split(' ')[0] ?? '']?.split(' ') ?? [];
  return [label.toLowerCase(), ...words].reduce((sum, word) => sum + occurrences(word, text), 0);
}

function occurrences(word: string, text: string): number {
  let count = 0;
  for (let at = text.indexOf(word); at >= 0 && count < MAX_COUNTED; at = text.indexOf(word, at + word.length))
    count += 1;
  return count;
}
