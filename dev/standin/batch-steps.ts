import type { BatchLine, LineAnswer } from './batch-answers.ts';
import { readBatchInput, toOutcomeLine, type Outcome } from './batch-lines.ts';
import type { BatchObject } from './batch-object.ts';
import type { StandInBehaviour } from './behaviour.ts';
import type { FileStore } from './file-store.ts';

export interface BatchStepDeps {
  readonly files: FileStore;
  readonly answer: (line: BatchLine) => LineAnswer;
}

/** What the check of its input file makes of a batch. */
export function validated(
  batch: BatchObject,
  { files }: BatchStepDeps,
  { ends, refusesText }: NonNullable<StandInBehaviour['batch']>,
): BatchObject {
  const content = files.content(batch.input_file_id) ?? '';
  const { lines, problems } = readBatchInput(content);
  if (refusesText !== undefined && content.includes(refusesText)) {
    problems.push({ code: 'told_to_refuse', message: 'The file has a text that it must not have.', line: null });
  }
  if (ends === 'failed') problems.push({ code: 'told_to_fail', message: 'The batch had to fail.', line: null });
  if (problems.length > 0) return { ...batch, status: 'failed', errors: { object: 'list', data: problems } };
  return { ...batch, status: 'in_progress', request_counts: { total: lines.length, completed: 0, failed: 0 } };
}

/** The end of a batch, with its files: the first lines are answered, as many as `share` (0…1) says. */
export function ended(
  batch: BatchObject,
  { files, answer }: BatchStepDeps,
  { status, share }: { status: 'completed' | 'expired' | 'cancelled'; share: number },
): BatchObject {
  const { lines } = readBatchInput(files.content(batch.input_file_id) ?? '');
  const answered = Math.floor(lines.length * share);
  const outcomes = lines.map((line, index): Outcome =>
    index < answered ? { line, answer: answer(line) } : { line, unanswered: status },
  );
  const good = outcomes.filter(isGood);
  const bad = outcomes.filter((outcome) => !isGood(outcome));
  // Where nothing ended so, there is no file.
  const write = (kind: string, kept: readonly Outcome[]) => {
    if (kept.length === 0) return null;
    const content = kept.map(toOutcomeLine).join('');
    return files.add({ filename: `${batch.id}_${kind}.jsonl`, purpose: 'batch_output', content }).id;
  };
  return {
    ...batch,
    status,
    output_file_id: write('output', good),
    error_file_id: write('error', bad),
    request_counts: { total: lines.length, completed: good.length, failed: bad.length },
  };
}

const isGood = ({ answer }: Outcome) => answer !== undefined && answer.status < 400;
