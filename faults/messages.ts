import type { MessageFailureType } from '../contracts/failure-types.ts';
import type { Input } from './bed/sender.ts';

/** Good messages whose calls can be told apart in the provider's ledger: each text begins with its id. */
export function messages(
  count: number,
  {
    prefix = 'm',
    directive = () => '',
    expect,
  }: {
    readonly prefix?: string;
    /** What the stand-in does with the call for the message of this number, as in `[stand-in: 429 retry-after=2]`. */
    readonly directive?: (index: number) => string;
    /** Absent: a result for each. */
    readonly expect?: MessageFailureType;
  } = {},
): Input[] {
  return Array.from({ length: count }, (_, index) => {
    const id = `${prefix}-${String(index)}`;
    return {
      id,
      key: id,
      answer: `${id}:`,
      value: valueOf(id, directive(index)),
      ...(expect !== undefined && { expect: { deadLetter: expect } }),
    };
  });
}

export function valueOf(id: string, directive = ''): string {
  const text = `${id}: a text to summarise. It has two sentences. ${directive}`.trimEnd();
  return JSON.stringify({ id, type: 'summarize', payload: { text } });
}
