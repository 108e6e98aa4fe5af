import { askTogether } from '../../../workers/ask-together.ts';

/** Who asks, and each question, to be answered by hand. */
function asker(most = 10) {
  const questions: { readonly names: readonly string[]; readonly answer: () => void }[] = [];
  const ask = askTogether(
    (names) =>
      new Promise((resolve) => {
        questions.push({ names, answer: resolve });
      }),
    most,
  );
  const settled = () => new Promise((resolve) => setImmediate(resolve));
  return { questions, ask, settled };
}

describe('questions that are asked together', () => {
  test('are one for all that come at the same time', async () => {
    const { questions, ask, settled } = asker();
    const asked = Promise.all([ask('a'), ask('b'), ask('a'), ask(undefined)]);
    await settled();
    expect(questions.map(({ names }) => names)).toEqual([['a', 'b']]);
    questions[0]?.answer();
    await asked;
  });

  test('wait for the one that is under way: its answer may be older than they are', async () => {
    const { questions, ask, settled } = asker();
    void ask('a');
    await settled();
    let answered = false;
    const later = Promise.all([ask('a'), ask('b')]).then(() => (answered = true));
    questions[0]?.answer();
    await settled();
    expect([answered, questions.length, questions[1]?.names]).toEqual([false, 2, ['a', 'b']]);
    questions[1]?.answer();
    await later;
  });

  test('have at most so many names each', async () => {
    const { questions, ask, settled } = asker(2);
    const asked = Promise.all(['a', 'b', 'c'].map((name) => ask(name)));
    await settled();
    questions[0]?.answer();
    await settled();
    questions[1]?.answer();
    await asked;
    expect(questions.map(({ names }) => names)).toEqual([['a', 'b'], ['c']]);
  });
});
