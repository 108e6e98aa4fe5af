import { freePort } from '../dev/stack/free-port.ts';
import { startStack, type Stack } from '../dev/stack/start-stack.ts';
import { StackError } from '../dev/stack/tools.ts';
import type { OnProgress } from '../dev/progress.ts';
import type { StandInClient } from '../dev/standin/client.ts';
import { startKafkaProxy, type KafkaProxy } from '../dev/kafka-proxy/kafka-proxy.ts';

/** Real servers that cases may kill: shared by cases that come one after the other. */
export interface FaultServers {
  readonly env: Readonly<Record<string, string>>;
  readonly brokers: readonly string[];
  readonly kafka: Stack['kafka'];
  readonly kafkaProxy: KafkaProxy;
  readonly temporal: Stack['temporal'];
  readonly standIn: StandInClient;
  readonly dataDir: string;
  stop(): Promise<void>;
}

/** @throws {StackError} where the environment names servers: those are not ours to kill. */
export async function startFaultServers(options: {
  readonly dataDir: string;
  readonly onProgress: OnProgress;
}): Promise<FaultServers> {
  const named = ['KAFKA_BROKERS', 'TEMPORAL_ADDRESS'].filter((name) => (process.env[name] ?? '') !== '');
  if (named.length > 0) {
    throw new StackError(
      `The fault matrix kills its servers, so it takes none from outside: unset ${named.join(', ')}.`,
    );
  }
  const port = await freePort();
  const kafkaProxy = await startKafkaProxy(port);
  try {
    const stack = await startStack({
      ...options,
      ui: false,
      standIn: {},
      temporalDb: 'file',
      kafkaBehindProxy: { port, proxyPort: kafkaProxy.port },
    });
    const { kafka, temporal, llm, env, dataDir } = stack;
    if (llm.standIn === undefined) throw new StackError('The fault matrix needs the stand-in LLM.');
    return {
      ...{ env, kafka, kafkaProxy, temporal, dataDir },
      standIn: llm.standIn,
      brokers: kafka.brokers,
      async stop() {
        await stack.stop();
        await kafkaProxy.close();
      },
    };
  } catch (error) {
    await kafkaProxy.close();
    throw error;
  }
}
