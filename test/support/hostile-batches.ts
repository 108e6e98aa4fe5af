import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import kafkajs from 'kafkajs';
import { findJava, findKafkaClassPath } from '../../dev/stack/kafka-jars.ts';
import { runTool } from '../../dev/stack/tools.ts';
import { installCodecs } from '../../kafka/codecs/install-codecs.ts';
import { testStack } from './stack.ts';

/** One record of zeros, in a batch a thousandth of its size. */
export async function produceBomb(topic: string, bytes: number): Promise<void> {
  const { CompressionCodecs, CompressionTypes, Kafka, logLevel } = kafkajs;
  const compress = promisify(gzip);
  CompressionCodecs[CompressionTypes.GZIP] = () => ({
    compress: ({ buffer }: { buffer: Buffer }) => compress(buffer),
    decompress: () => Promise.reject(new Error('only sent')),
  });
  const kafka = new Kafka({ clientId: 'test', brokers: [...testStack().brokers], logLevel: logLevel.NOTHING });
  const producer = kafka.producer();
  try {
    await producer.connect();
    await producer.send({ topic, compression: CompressionTypes.GZIP, messages: [{ value: Buffer.alloc(bytes) }] });
  } finally {
    installCodecs();
    await producer.disconnect();
  }
}

/** One value a line, by Kafka's own console producer. */
export async function produceFromJava(topic: string, file: string, compression: string): Promise<void> {
  const classPath = await findKafkaClassPath(() => undefined);
  const options = `--bootstrap-server ${String(testStack().brokers[0])} --topic ${topic} --compression-codec ${compression}`;
  const java = `"${findJava()}" -Xmx128m -XX:TieredStopAtLevel=1 -cp "${classPath}" org.apache.kafka.tools.ConsoleProducer`;
  await runTool({ command: 'sh', args: ['-c', `${java} ${options} < "${file}"`], timeoutMs: 100_000 });
}

/** Changes bytes in the broker's own file, as a failing disk does: brokers send what is there without looking at it. */
export async function damage(topic: string, text: string): Promise<void> {
  const file = join(testStack().dataDir, 'kafka', `${topic}-0`, '00000000000000000000.log');
  const at = (await readFile(file)).indexOf(text);
  if (at < 0) throw new Error(`"${text}" is not in ${file}`);
  const handle = await open(file, 'r+');
  try {
    await handle.write(Buffer.from([0xff]), 0, 1, at);
  } finally {
    await handle.close();
  }
}
