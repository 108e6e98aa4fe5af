import { check } from './checker/check.ts';
import type { Evidence } from './checker/evidence.ts';
import type { Allowances, Verdict } from './checker/verdict.ts';

export interface CaseSteps {
  /** Breaks what the case breaks, and waits until everything has settled. */
  readonly finish: () => Promise<void>;
  /** Notes what a case that did not come to its end waits for. */
  readonly whenStuck: () => Promise<void>;
  /** Stops every process, and asks the outside. */
  readonly gather: () => Promise<Evidence>;
  /** Keeps what a case with problems is understood by. */
  readonly whenBroken: (evidence: Evidence) => void;
}

export interface Judgement extends Verdict {
  /** `false`: nothing could be asked. Then every input counts as lost, and the other figures say nothing. */
  readonly judged: boolean;
}

/** A case that did not come to its end is judged by what there is: inputs without an end by then are lost. Never rejects. */
export async function judgeCase(
  { finish, whenStuck, gather, whenBroken }: CaseSteps,
  { sent, allows }: { readonly sent: readonly unknown[]; readonly allows?: Allowances | undefined },
): Promise<Judgement> {
  const notFinished = await finish().then(
    () => [],
    async (error: unknown) => {
      await whenStuck().catch(() => undefined);
      return [`not finished: ${sentenceOf(error)}`];
    },
  );
  try {
    const evidence = await gather();
    const verdict = check(evidence, allows);
    const problems = [...notFinished, ...verdict.problems];
    return {
      ...verdict,
      judged: true,
      problems: [
        ...problems,
        ...keptFor(problems, () => {
          whenBroken(evidence);
        }),
      ],
    };
  } catch (error) {
    return notJudged(sent, [...notFinished, `not judged, so that every input counts as lost: ${sentenceOf(error)}`]);
  }
}

/** The verdict holds also where the disk has no room for what it is understood by. */
function keptFor(problems: readonly string[], keep: () => void): string[] {
  if (problems.length === 0) return [];
  try {
    keep();
    return [];
  } catch (error) {
    return [`not kept: ${sentenceOf(error)}`];
  }
}

export function notJudged(sent: readonly unknown[], problems: readonly string[]): Judgement {
  return {
    ...{ messages: sent.length, lost: sent.length, judged: false, problems },
    ...{ altered: 0, duplicates: 0, calls: 0, llmCallsOverFaults: 0 },
  };
}

export function sentenceOf(error: unknown): string {
  const { message, cause } = error instanceof Error ? error : new Error(String(error));
  return cause instanceof Error ? `${message} (${cause.message})` : message;
}
