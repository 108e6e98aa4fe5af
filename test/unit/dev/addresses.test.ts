import { describeAddresses, type AddressesInput } from '../../../dev/dev/addresses.ts';

const input = {
  stack: {
    kafka: { brokers: ['127.0.0.1:9092'] },
    temporal: { address: '127.0.0.1:7233', uiUrl: 'http://127.0.0.1:8233' },
    llm: { address: 'http://127.0.0.1:8787/v1' },
    dataDir: '/data',
  },
  kafka: { inputTopics: ['in'], outputTopic: 'out', deadLetterTopic: 'dead' },
  ...{ kafkaClassPath: '/kafka/*', temporalCli: 'temporal', metricsUrl: 'http://metrics', logFile: '/log' },
} as unknown as AddressesInput;
const lines = describeAddresses(input).split('\n');
const withText = (...texts: string[]) => lines.filter((line) => texts.every((text) => line.includes(text)));

describe('the lines to paste', () => {
  it('send a message that the line for ctl looks up, whichever tool sends it', () => {
    const [, shown] = /ctl -- show (\S+)$/.exec(withText('ctl')[0] ?? '') ?? [];
    const sent = withText('echo ').map((line) => /"id":"([^"]+)"/.exec(line)?.[1]);
    expect(sent).toEqual([shown, shown]);
  });

  it('read dead letters with their reasons, which are headers, by either tool', () => {
    expect(withText('kcat', '-t dead', '%h')).toHaveLength(1);
    expect(withText('ConsoleConsumer', '--topic dead', '--formatter-property print.headers=true')).toHaveLength(1);
  });
});
