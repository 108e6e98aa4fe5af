import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { MessageFailureType } from '../../contracts/failure-types.ts';
import type { FaultCase } from '../case.ts';
import { messages } from '../messages.ts';

const GOOD = 60;
const QUOTED = 10;
const REDIRECTED_MS = 8_000;

/** What a provider, or whoever is in front of it, does to get at the key or to spread it. That it is nowhere is the checker's to see. */
export const secret: readonly FaultCase[] = [
  {
    name: 'secret-quoted-against-a-message',
    tier: 1,
    about:
      'the provider quotes the API key in errors and refusals of some messages: it is in no dead letter, log or history',
    processes: ['standalone'],
    standIn: { latencyMs: 20 },
    async run({ sender, progress, faults }) {
      const quoted = (says: string, expect: MessageFailureType) =>
        messages(QUOTED, { prefix: says, directive: () => `[stand-in: ${says}]`, expect });
      await sender.send([
        ...messages(GOOD),
        ...quoted('echo_key_in_400', 'Provider.BadRequest'),
        ...quoted('echo_key_in_refusal', 'Provider.Refused'),
      ]);
      await progress.until('the quotes', async () => {
        const { byStatus } = await progress.provider();
        return byStatus['400'] === QUOTED && byStatus['200'] === GOOD + QUOTED;
      });
      faults.hit('the key was quoted in ten errors and ten refusals');
    },
  },
  {
    name: 'secret-quoted-against-all',
    tier: 2,
    about: 'the provider quotes the API key in a 401 to every call, for a while',
    processes: ['standalone'],
    settleMs: 240_000,
    async run({ sender, progress, faults, servers }) {
      await faults.during('the key is quoted in every answer', async () => {
        await servers.standIn.configure({ errorMix: { echo_key: 1 } });
        await sender.send(messages(GOOD));
        await progress.until('a few refusals', async () => ((await progress.provider()).byStatus['401'] ?? 0) >= 3);
        await servers.standIn.configure({});
      });
    },
  },
  {
    name: 'secret-lured-by-a-redirect',
    tier: 2,
    about:
      'the provider’s address redirects every call elsewhere: the key does not follow, and nothing is dead-lettered',
    processes: [],
    async run({ sender, processes, faults, figures }) {
      const lure = await startLure();
      try {
        await sender.send(messages(GOOD));
        await processes.start('standalone', { env: { OPENAI_BASE_URL: lure.url } });
        await delay(REDIRECTED_MS);
        await processes.one('standalone').stop();
        faults.counted('redirected', lure.redirectedAt);
        figures['calls that followed'] = lure.followed();
        if (lure.followed() > 0) throw new Error('A redirect was followed');
        await processes.start('standalone');
      } finally {
        await lure.close();
      }
    },
  },
];

/** A server that sends every call on to another path of its own. */
async function startLure() {
  const redirectedAt: number[] = [];
  let followed = 0;
  const server = createServer((request, response) => {
    if (request.url?.startsWith('/lured') === true) followed += 1;
    else redirectedAt.push(Date.now());
    response.writeHead(307, { location: '/lured' }).end();
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/v1`,
    redirectedAt,
    followed: () => followed,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}
