import { loadConfig } from '../../../config/load.ts';
import { connectTemporal, type OpenTemporal, type TemporalAccess } from '../../../temporal/client.ts';
import { shareConnection } from '../../../temporal/shared-connection.ts';

const config = loadConfig({ WORKER_ROLE: 'none' }).temporal;

/** What a connection is made of does not matter here, only which one it is. */
function countedOpenings() {
  const events: string[] = [];
  const open: OpenTemporal = async () => {
    const name = `connection ${String(events.filter((event) => event.startsWith('opened')).length + 1)}`;
    events.push(`opened ${name}`);
    const access = { close: async () => void events.push(`closed ${name}`) };
    return access as TemporalAccess;
  };
  return { events, open };
}

test('all parts of a process have one connection, and the last to close ends it', async () => {
  const { events, open } = countedOpenings();
  const openTemporal = shareConnection(open);
  const [workers, bridge] = await Promise.all([openTemporal(config), openTemporal(config)]);
  await bridge.close();
  expect(events).toEqual(['opened connection 1']);
  await workers.close();
  expect(events).toEqual(['opened connection 1', 'closed connection 1']);
});

test('a part that asks after the last one closed gets a new connection', async () => {
  const { events, open } = countedOpenings();
  const openTemporal = shareConnection(open);
  await (await openTemporal(config)).close();
  await openTemporal(config);
  expect(events).toEqual(['opened connection 1', 'closed connection 1', 'opened connection 2']);
});

test('a connection that failed is not kept: the next part tries again', async () => {
  const { events, open } = countedOpenings();
  let answers = false;
  const openTemporal = shareConnection((asked) => (answers ? open(asked) : Promise.reject(new Error('refused'))));
  await expect(openTemporal(config)).rejects.toThrow('refused');
  answers = true;
  await (await openTemporal(config)).close();
  expect(events).toEqual(['opened connection 1', 'closed connection 1']);
});

test('a server that is not there is named, with the setting that names it', async () => {
  const nowhere = { ...config, connectionOptions: { ...config.connectionOptions, address: '127.0.0.1:1' } };
  await expect(shareConnection(connectTemporal)(nowhere)).rejects.toThrow(/127\.0\.0\.1:1.*TEMPORAL_ADDRESS/);
});
