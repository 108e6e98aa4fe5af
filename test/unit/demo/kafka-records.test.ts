import { toMailInputs } from '../../../dev/demo/mail-corpus.ts';
import { toBatches } from '../../../dev/demo/send-inputs.ts';
import { readDeadLetter, readResult } from '../../../dev/demo/watch-outcomes.ts';

const mail = (id: string, text: string, group = 'spam-1') => ({ id, group, text });

test('batches keep the order, stay below half a MiB, and a larger record goes alone', () => {
  const texts = [10, 300_000, 300_000, 10, 600_000, 10].map((size) => 'x'.repeat(size));
  const inputs = toMailInputs(
    texts.map((text, index) => mail(String(index), text)),
    { standIn: true },
  );
  const batches = toBatches(inputs);
  expect(batches.flat()).toEqual(inputs);
  expect(batches.map((batch) => batch.length)).toEqual([2, 2, 1, 1]);
  expect(
    toBatches(
      toMailInputs(
        Array.from({ length: 501 }, (_, i) => mail(String(i), '')),
        { standIn: true },
      ),
    ),
  ).toHaveLength(2);
});

test('mails become the three types in turn, and the size limit is counted in bytes of the whole value', () => {
  const texts = ['a', 'b', 'c', 'é'.repeat(4 * 1024 * 1024), 'x'.repeat(8 * 1024 * 1024 - 200)];
  const inputs = toMailInputs(
    texts.map((text, index) => mail(String(index), text)),
    { standIn: true },
  );
  expect(inputs.map(({ type }) => type)).toEqual(['classify', 'summarize', 'extract', 'classify', 'summarize']);
  expect(inputs.map(({ expect: { kind } }) => kind)).toEqual(['result', 'result', 'result', 'dead-letter', 'result']);
});

test('outcomes name the record they are for', () => {
  const value = Buffer.from(JSON.stringify({ source: { topic: 't', partition: 2, offset: '41' }, output: 1 }));
  expect(readResult({ value })?.position).toEqual({ partition: 2, offset: '41' });
  const headers = {
    'dead-letter-original-partition': Buffer.from('3'),
    'dead-letter-original-offset': [Buffer.from('7')],
    'dead-letter-failure-type': Buffer.from('Message.Invalid'),
  };
  expect(readDeadLetter({ headers })).toMatchObject({
    position: { partition: 3, offset: '7' },
    outcome: { kind: 'dead-letter', failureType: 'Message.Invalid' },
  });
});

test('records of others are passed over', () => {
  expect(readResult({ value: Buffer.from('no JSON') })).toBeUndefined();
  expect(readResult({ value: null })).toBeUndefined();
  expect(readDeadLetter({ headers: {} })).toBeUndefined();
});
