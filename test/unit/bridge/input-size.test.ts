import { toInputRecord } from '../../../bridge/input-record.ts';
import { becomesBlob } from '../../../bridge/input-size.ts';
import type { SourceRecord } from '../../../kafka/record-source.ts';
import { aSourceRecord } from '../../support/source-records.ts';

it.each<[string, Partial<SourceRecord>, boolean]>([
  ['becomes a blob by its value', { value: Buffer.alloc(300_000, 'x') }, true],
  ['becomes a blob only as JSON, too', { value: Buffer.alloc(50_000, '\u0001') }, true],
  ['becomes a blob with its key', { key: Buffer.alloc(250_000, 'k'), value: Buffer.alloc(20_000, 'x') }, true],
  [
    'becomes a blob with its headers',
    { headers: [['h', Buffer.alloc(30_000)]], value: Buffer.alloc(20_000, '\u0001') },
    true,
  ],
  ['stays in Temporal', { value: Buffer.alloc(200_000, 'x') }, false],
])('a message that %s', (_, record, isBlob) => {
  expect(becomesBlob({ id: '1', record: toInputRecord(aSourceRecord({}, record)) })).toBe(isBlob);
});
