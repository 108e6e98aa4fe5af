import { setTimeout as delay } from 'node:timers/promises';
import { EXIT_CODES } from '../../lifecycle/errors.ts';
import { withAdmin } from '../../dev/stack/topics.ts';
import type { CaseBed } from '../bed/case-bed.ts';
import type { FaultCase } from '../case.ts';
import { messages } from '../messages.ts';
import { unreadable } from '../hostile/unreadable.ts';

const GONE_MS = 10_000;

/** A topic or a namespace is not there, or goes away. */
export const missingThings: readonly FaultCase[] = [
  {
    name: 'missing-dead-letter-topic',
    tier: 2,
    about:
      'the dead-letter topic is deleted while unreadable records come in: the bridge waits, and no offset moves over them',
    processes: ['standalone'],
    async run({ sender, topics, servers, faults, random }) {
      await faults.during('the dead-letter topic is gone', async () => {
        await remove(servers.brokers, topics.deadLetters);
        const bad = unreadable.map((kind, index) => ({
          ...kind.make(`bad-${String(index)}`, random),
          expect: { deadLetter: 'Message.Unreadable' } as const,
        }));
        await sender.send([...messages(50, { prefix: 'before' }), ...bad, ...messages(50, { prefix: 'behind' })]);
        await delay(GONE_MS);
        await topics.create();
      });
    },
  },
  {
    name: 'missing-output-topic',
    tier: 2,
    about: 'the output topic is deleted before the first result: results wait for it',
    processes: ['standalone'],
    async run({ sender, topics, servers, faults }) {
      await faults.during('the output topic is gone', async () => {
        await remove(servers.brokers, topics.output);
        await sender.send(messages(100));
        await delay(GONE_MS);
        await topics.create();
      });
    },
  },
  {
    name: 'missing-output-topic-at-start',
    tier: 2,
    about: 'the output topic is not there at start: exit code 75, and nothing is created or read',
    processes: [],
    async run(bed) {
      const { sender, topics, servers } = bed;
      await sender.send(messages(50));
      await remove(servers.brokers, topics.output);
      await refusesToStart(bed, {});
      await topics.create();
      await bed.processes.start('standalone');
    },
  },
  {
    name: 'missing-namespace-at-start',
    tier: 2,
    about: 'the namespace is not there at start: exit code 75, and nothing is read',
    processes: [],
    async run(bed) {
      await bed.sender.send(messages(50));
      await refusesToStart(bed, { TEMPORAL_NAMESPACE: `${bed.topics.groupId}-none` });
      await bed.processes.start('standalone');
    },
  },
];

async function refusesToStart({ processes, faults }: CaseBed, env: Readonly<Record<string, string>>): Promise<void> {
  const refusing = await processes.start('standalone', { wait: false, env });
  refusing.expectExit(EXIT_CODES.dependencyUnavailable);
  const { code } = await refusing.exited;
  faults.hit(`the standalone ended with ${String(code)}`);
}

async function remove(brokers: readonly string[], topic: string): Promise<void> {
  await withAdmin(brokers, (admin) => admin.deleteTopics({ topics: [topic] }));
}
