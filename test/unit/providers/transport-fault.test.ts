import { errors } from 'undici';
import { transportFaultOf } from '../../../providers/transport-fault.ts';

it('a connection that was not made in time never carried the request', () => {
  const cause = new errors.ConnectTimeoutError('Connect Timeout Error');
  expect(transportFaultOf(new Error('Connection error.', { cause }))).toEqual({
    fault: 'never-connected',
    message: 'Connect Timeout Error',
  });
});

it('a connection that broke may have carried it, however deep that is said', () => {
  const broken = new errors.SocketError('other side closed');
  expect(transportFaultOf(new Error('a', { cause: new Error('b', { cause: broken }) })).fault).toBe('connection-lost');
});

it('an error that contains itself ends as unknown', () => {
  const endless = new Error('round and round');
  endless.cause = endless;
  expect(transportFaultOf(endless)).toEqual({ fault: 'unknown', message: 'round and round' });
});
