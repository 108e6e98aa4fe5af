import { parseArgs } from 'node:util';
import { UsageError } from '../usage-error.ts';

export interface DemoOptions {
  readonly once: boolean;
  readonly messages: number | undefined;
  readonly corpus: 'mail' | undefined;
  readonly help: boolean;
}

export const USAGE = `Usage: npm run demo -- [options]

Starts Kafka, Temporal and a stand-in LLM (those that the environment does not name), sends the messages of
dev/samples/messages.yaml and shows what becomes of each. In a terminal it then stays up until Ctrl-C.

  --once          exit when every message is accounted for; the default without a terminal
  --messages N    repeat the samples until there are N; with --corpus, take N of it
  --corpus mail   6,046 real e-mails instead: classify, summarize and extract (a download of 20 MB, once)
  --help          this text

KAFKA_BROKERS, TEMPORAL_ADDRESS, OPENAI_API_KEY, OPENAI_BASE_URL, PROVIDERS_FILE: use that server or provider.
Exit code 0: every message ended as expected.
`;

const KNOWN = {
  once: { type: 'boolean', default: false },
  messages: { type: 'string' },
  corpus: { type: 'string' },
  help: { type: 'boolean', default: false },
} as const;
const KNOWN_LIST = Object.keys(KNOWN).map((name) => `--${name}`);

/** @throws {UsageError} with one sentence that names every wrong argument and lists the known ones. */
export function parseOptions(args: readonly string[]): DemoOptions {
  const { tokens } = parseArgs({
    args: [...args],
    options: KNOWN,
    strict: false,
    tokens: true,
    allowPositionals: true,
  });
  const unknown = tokens.flatMap((token) => {
    if (token.kind === 'positional') return [token.value];
    return token.kind === 'option' && !(token.name in KNOWN) ? [token.rawName] : [];
  });
  if (unknown.length > 0) throw new UsageError(`Unknown: ${unknown.join(', ')}. Known: ${KNOWN_LIST.join(', ')}.`);
  const { once, help, messages, corpus } = parseKnown(args);
  if (messages !== undefined && !/^[1-9]\d{0,6}$/.test(messages)) {
    throw new UsageError('--messages takes a whole number above 0.');
  }
  if (corpus !== undefined && corpus !== 'mail') throw new UsageError('--corpus takes: mail.');
  return { once, help, corpus, messages: messages === undefined ? undefined : Number(messages) };
}

function parseKnown(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: KNOWN }).values;
  } catch (error) {
    throw new UsageError(`${(error as Error).message}. Known: ${KNOWN_LIST.join(', ')}.`);
  }
}
