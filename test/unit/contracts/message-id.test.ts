import { workflowIdOf } from '../../../contracts/message-id.ts';

const A_HASH = `sha256-${'0'.repeat(64)}`;
const source = { topic: 'llm.requests', partition: 3, offset: '42' };

// Golden: a changed format starts every redelivered record a second time.
test.each([
  ['order-17', 'message:llm.requests:order-17'],
  ['A.b_c-9', 'message:llm.requests:A.b_c-9'],
  [undefined, 'record:llm.requests:3:42'],
  ['with space', 'message:llm.requests:sha256-b8b8f25a5fc711caea1cfebfe02359e3ce2b9a8f9ce02d18fdcb1ba47ff095f1'],
  // No hash, though one is in it: frozen as it is.
  [`a${A_HASH}`, `message:llm.requests:a${A_HASH}`],
  [`${A_HASH}0`, `message:llm.requests:${A_HASH}0`],
  ['x'.repeat(200), `message:llm.requests:${'x'.repeat(200)}`],
])('the workflow ID of id %j is frozen', (id, expected) => {
  expect(workflowIdOf(source, id)).toBe(expected);
});

test('different coordinates and ids never share a workflow ID', () => {
  const ids = [
    workflowIdOf({ topic: 'a', partition: 1, offset: '23' }, undefined),
    workflowIdOf({ topic: 'a', partition: 12, offset: '3' }, undefined),
    workflowIdOf({ topic: 'a-1', partition: 2, offset: '3' }, undefined),
    workflowIdOf({ topic: 'a', partition: 1, offset: '23' }, 'a:1:23'),
    workflowIdOf({ topic: 'a', partition: 1, offset: '23' }, 'x'),
    workflowIdOf({ topic: 'a', partition: 1, offset: '23' }, 'x '),
    workflowIdOf({ topic: 'a', partition: 1, offset: '23' }, 'ü'),
    workflowIdOf({ topic: 'b', partition: 1, offset: '23' }, 'x'),
    workflowIdOf(source, 'y'.repeat(201)),
    workflowIdOf(source, 'y'.repeat(202)),
  ];
  expect(new Set(ids).size).toBe(ids.length);
});

test('an id that looks like a hash of another cannot take its place', () => {
  const hashed = workflowIdOf(source, 'with space').slice('message:llm.requests:'.length);
  expect(workflowIdOf(source, hashed)).not.toBe(workflowIdOf(source, 'with space'));
});

test('every workflow ID fits Temporal, whatever the id', () => {
  for (const id of ['', '\u0000', '\ud800', 'é'.repeat(5_000), '../../x', '\r\nSet-Cookie: a']) {
    expect(workflowIdOf(source, id)).toMatch(/^[\x21-\x7e]{1,1000}$/);
  }
});
