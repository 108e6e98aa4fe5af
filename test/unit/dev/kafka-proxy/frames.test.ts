import { correlationIdOf, createFrameReader, requestHeader } from '../../../../dev/kafka-proxy/frames.ts';

/** A request as a client sends it: length, API key, version, correlation id, then whatever. */
function request(apiKey: number, correlationId: number, body = ''): Buffer {
  const frame = Buffer.alloc(12 + Buffer.byteLength(body));
  frame.writeInt32BE(frame.length - 4, 0);
  frame.writeInt16BE(apiKey, 4);
  frame.writeInt16BE(9, 6);
  frame.writeInt32BE(correlationId, 8);
  frame.write(body, 12);
  return frame;
}

it.each([1, 3, 7, 1_000])('cuts a stream that comes in pieces of %i bytes into its frames', (size) => {
  const frames = [request(0, 1, 'produce'), request(1, 2), request(18, 3, 'x'.repeat(300))];
  const stream = Buffer.concat(frames);
  const read: Buffer[] = [];
  const reader = createFrameReader((frame) => read.push(Buffer.from(frame)));
  for (let at = 0; at < stream.length; at += size) reader(stream.subarray(at, at + size));
  expect(read).toEqual(frames);
});

it('knows the requests that faults are aimed at, and their answers', () => {
  expect(requestHeader(request(0, 17))).toEqual({ api: 'Produce', correlationId: 17 });
  expect(requestHeader(request(11, 18)).api).toBe('JoinGroup');
  expect(requestHeader(request(18, 19)).api).toBeUndefined();
  const response = Buffer.from([0, 0, 0, 4, 0, 0, 0, 42]);
  expect(correlationIdOf(response)).toBe(42);
});
