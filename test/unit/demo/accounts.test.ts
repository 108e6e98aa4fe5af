import { createAccounts, type Outcome } from '../../../dev/demo/accounts.ts';
import type { DemoInput, Expectation } from '../../../dev/demo/demo-input.ts';

const input = (expect: Expectation, id?: string): DemoInput => ({
  name: 'n',
  id,
  type: 'summarize',
  tenant: '',
  priority: undefined,
  key: null,
  value: '{}',
  expect,
  wave: 1,
});
const deadLetter = (failureType: string): Outcome => ({
  kind: 'dead-letter',
  failureType,
  failureMessage: '',
  attempts: '0',
});
const result = (output = 'x') => ({ kind: 'result', message: { output } }) as Outcome;
const at = (offset: number, partition = 0) => ({ partition, offset: String(offset) });

function setup(expect: Expectation) {
  const accounts = createAccounts('in');
  accounts.add(input(expect, 'a'), at(5));
  return accounts;
}

test('an input without an outcome is open and wrong', () => {
  const accounts = setup({ kind: 'result' });
  expect([accounts.open().length, accounts.wrong().length]).toEqual([1, 1]);
});

test('outcomes settle the input they name, and no other', () => {
  const accounts = setup({ kind: 'result' });
  accounts.settle(at(6), result());
  accounts.settle(at(5, 1), result());
  expect(accounts.open()).toHaveLength(1);
  accounts.settle(at(5), result());
  expect([accounts.open().length, accounts.wrong().length]).toEqual([0, 0]);
});

test('an outcome that is read before the producer knows the offset is not lost', () => {
  const accounts = createAccounts('in');
  accounts.settle(at(7), result());
  accounts.add(input({ kind: 'result' }), at(7));
  expect(accounts.open()).toEqual([]);
});

test('another kind of end than expected is wrong', () => {
  const accounts = setup({ kind: 'dead-letter', failureType: 'Message.Invalid' });
  accounts.settle(at(5), deadLetter('Message.Unreadable'));
  expect([accounts.open().length, accounts.wrong().length]).toEqual([0, 1]);
});

test('the same outcome twice is no fault, two different ones are', () => {
  const accounts = setup({ kind: 'result' });
  accounts.settle(at(5), result());
  accounts.settle(at(5), result());
  expect([accounts.wrong().length, accounts.all()[0]?.published]).toEqual([0, 2]);
  accounts.settle(at(5), result('y'));
  expect(accounts.wrong()).toHaveLength(1);
});

test('a repeat is settled when the bridge has committed behind it, and wrong when it has an outcome of its own', () => {
  const accounts = setup({ kind: 'repeat' });
  accounts.committed(0, '-1');
  accounts.committed(0, '5');
  accounts.committed(1, '6');
  expect(accounts.open()).toHaveLength(1);
  accounts.committed(0, '6');
  expect([accounts.open().length, accounts.wrong().length]).toEqual([0, 0]);
  accounts.settle(at(5), result());
  expect(accounts.wrong()).toHaveLength(1);
});

test('workflow IDs are those of the pipeline', () => {
  const accounts = setup({ kind: 'any' });
  accounts.add(input({ kind: 'any' }), at(9, 3));
  expect(accounts.all().map(({ workflowId }) => workflowId)).toEqual(['message:in:a', 'record:in:3:9']);
});
