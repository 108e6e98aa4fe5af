import kafkajs from 'kafkajs';
import OpenAI from 'openai';
import { loadConfig } from '../../config/load.ts';
import { toChatRequest } from '../../providers/chat-request.ts';
import { createProcessorRegistry } from '../../processors/registry.ts';
import { PARTITIONS } from '../partitions.ts';

/**
 * What is written without this project, for comparison: one process of a kafkajs consumer group, each message a call through
 * the openai package, whose default retries are all there is against a 429. An error goes to kafkajs, which tries the
 * message again. As many calls at a time as it has partitions. Prompts and answers are the pipeline's.
 */
const { kafka, providers } = loadConfig(process.env);
const [llm] = providers.inOrder;
if (llm === undefined) throw new Error('no provider is configured');
const target = { host: new URL(llm.baseUrl ?? '').hostname, model: llm.model };
const processors = createProcessorRegistry();
const openai = new OpenAI({ apiKey: llm.apiKey, baseURL: llm.baseUrl });

const client = new kafkajs.Kafka({ clientId: 'plain-consumer', brokers: [...kafka.brokers] });
const producer = client.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
const consumer = client.consumer({ groupId: kafka.groupId });

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => void consumer.disconnect().then(() => producer.disconnect()));
}
await producer.connect();
await consumer.connect();
await consumer.subscribe({ topics: [...kafka.inputTopics], fromBeginning: true });
await consumer.run({
  partitionsConsumedConcurrently: PARTITIONS,
  eachMessage: async ({ message }) => {
    const { id, type, payload } = JSON.parse(String(message.value)) as { id: string; type: string; payload: unknown };
    const processor = processors.get(type);
    const prepared = processor?.preprocess(payload, []);
    if (processor === undefined || prepared?.kind !== 'completion') throw new Error(`No prompt for the type ${type}`);
    const answer = await openai.chat.completions.create(toChatRequest(prepared.request, target));
    const output = processor.finish(answer.choices[0]?.message.content ?? '', prepared.request);
    const value = JSON.stringify({ id, type, output });
    await producer.send({ topic: kafka.outputTopic, messages: [{ key: id, value, headers: { 'message-id': id } }] });
  },
});
