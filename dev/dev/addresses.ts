import type { Config } from '../../config/load.ts';
import type { Stack } from '../stack/start-stack.ts';

export interface AddressesInput {
  readonly stack: Stack;
  readonly kafka: Config['kafka'];
  /** Java's class path of Kafka's console tools; absent when Kafka was given from outside. */
  readonly kafkaClassPath?: string;
  /** The command line tool: its name or path. */
  readonly temporalCli: string;
  readonly metricsUrl: string;
  readonly logFile: string;
}

const SAMPLE =
  '{"id":"hello-1","type":"summarize","payload":{"text":"Kafka carries messages. Temporal keeps promises."}}';

/** Where everything is, and lines to paste into another terminal. */
export function describeAddresses({
  stack,
  kafka,
  kafkaClassPath,
  temporalCli,
  metricsUrl,
  logFile,
}: AddressesInput): string {
  const brokers = stack.kafka.brokers.join(',');
  const input = kafka.inputTopics[0] ?? '';
  const { temporal, llm } = stack;
  const uiVariable = temporal.uiUrl === undefined ? '' : ` TEMPORAL_UI_URL=${temporal.uiUrl}`;
  return [
    `Kafka        ${brokers}`,
    `Temporal     ${temporal.address}${temporal.uiUrl === undefined ? '' : `   Web UI ${temporal.uiUrl}`}`,
    `LLM          ${llm.address}${llm.standIn === undefined ? '' : '   (stand-in: no model, made-up answers)'}`,
    `Metrics      ${metricsUrl}`,
    `Logs         tail -F ${logFile}   (servers: ${stack.dataDir})`,
    '',
    'Send a message, and read what became of it:',
    `  echo '${SAMPLE}' | kcat -P -b ${brokers} -t ${input}`,
    `  kcat -C -b ${brokers} -t ${kafka.outputTopic} -o beginning -e -q -f '%k %s\\n'`,
    `  kcat -C -b ${brokers} -t ${kafka.deadLetterTopic} -o beginning -e -q -f '%k %h\\n'`,
    ...(kafkaClassPath === undefined ? [] : consoleTools({ classPath: kafkaClassPath, brokers, input, kafka })),
    'Find its workflow:',
    `  ${temporalCli} workflow list --address ${temporal.address} -q 'MessageType="summarize"'`,
    `  TEMPORAL_ADDRESS=${temporal.address}${uiVariable} npm run --silent ctl -- show hello-1`,
    '',
    'Ctrl-C stops everything.',
  ].join('\n');
}

function consoleTools(lines: { classPath: string; brokers: string; input: string; kafka: Config['kafka'] }): string[] {
  const { classPath, brokers, input, kafka } = lines;
  const tool = (name: string) =>
    `java -Dorg.slf4j.simpleLogger.defaultLogLevel=off -cp '${classPath}' org.apache.kafka.tools.${name} --bootstrap-server ${brokers}`;
  const all = '--from-beginning --timeout-ms 5000';
  return [
    "The same with Kafka's console tools:",
    `  echo '${SAMPLE}' | ${tool('ConsoleProducer')} --topic ${input}`,
    `  ${tool('consumer.ConsoleConsumer')} --topic ${kafka.outputTopic} ${all}`,
    `  ${tool('consumer.ConsoleConsumer')} --topic ${kafka.deadLetterTopic} ${all} --formatter-property print.headers=true`,
  ];
}
