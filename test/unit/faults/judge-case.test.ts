import type { Evidence } from '../../../faults/checker/evidence.ts';
import { judgeCase, type CaseSteps } from '../../../faults/judge-case.ts';
import { aResult, keptPromises } from './evidence.ts';

const { sent } = keptPromises();

/** Of a case that ended well, unless a test says otherwise. */
function steps(overrides: Partial<CaseSteps> = {}): CaseSteps {
  return {
    finish: () => Promise.resolve(),
    whenStuck: () => Promise.resolve(),
    gather: () => Promise.resolve(keptPromises()),
    whenBroken: () => undefined,
    ...overrides,
  };
}

const stuck = { finish: () => Promise.reject(new Error('1 inputs have not ended')) };
const gone = { gather: () => Promise.reject(new Error('no broker', { cause: new Error('ECONNREFUSED') })) };

it('says nothing about a case that kept every promise', async () => {
  expect(await judgeCase(steps(), { sent })).toMatchObject({ lost: 0, problems: [], judged: true });
});

it('counts what is lost in a case that did not come to its end', async () => {
  const withoutB = { ...keptPromises(), results: [aResult('a')] };
  const verdict = await judgeCase(steps({ ...stuck, gather: () => Promise.resolve(withoutB) }), { sent });
  expect(verdict).toMatchObject({ messages: 3, lost: 1, calls: 2, judged: true });
  expect(verdict.problems).toEqual([
    'not finished: 1 inputs have not ended',
    'neither a result nor a dead letter: b at 0:1',
  ]);
});

it('notes what a case that did not come to its end was waiting for before anything is stopped', async () => {
  const order: string[] = [];
  const note = (what: string) => () => {
    order.push(what);
    return Promise.resolve();
  };
  const gather = () => note('gather')().then(keptPromises);
  await judgeCase(steps({ ...stuck, whenStuck: note('stuck'), gather }), { sent });
  await judgeCase(steps({ whenStuck: note('stuck'), gather }), { sent });
  expect(order).toEqual(['stuck', 'gather', 'gather']);
});

it('keeps what a case with problems is understood by, and of no other', async () => {
  const kept: Evidence[] = [];
  const whenBroken = (evidence: Evidence) => kept.push(evidence);
  await judgeCase(steps({ whenBroken }), { sent });
  expect(kept).toHaveLength(0);
  await judgeCase(steps({ ...stuck, whenBroken }), { sent });
  expect(kept).toHaveLength(1);
});

it('holds to what it found when that cannot be kept', async () => {
  const whenBroken = () => {
    throw new Error('no space left');
  };
  const verdict = await judgeCase(steps({ ...stuck, whenBroken }), { sent });
  expect(verdict).toMatchObject({ lost: 0, judged: true });
  expect(verdict.problems).toEqual(['not finished: 1 inputs have not ended', 'not kept: no space left']);
});

it('counts every input as lost where nothing can be asked any more, and says that nothing was measured', async () => {
  const verdict = await judgeCase(steps({ ...stuck, ...gone }), { sent });
  expect(verdict).toMatchObject({ messages: 3, lost: 3, judged: false });
  expect(verdict.problems).toEqual([
    'not finished: 1 inputs have not ended',
    'not judged, so that every input counts as lost: no broker (ECONNREFUSED)',
  ]);
  expect(await judgeCase(steps(gone), { sent })).toMatchObject({ lost: 3, judged: false });
});
