import { parseArgs } from 'node:util';
import { UsageError } from '../usage-error.ts';

export interface DevOptions {
  /** Only the list of options is wanted. */
  readonly help?: true;
  readonly kafkaPort?: number;
  readonly temporalPort?: number;
  readonly uiPort?: number;
  readonly llmPort?: number;
  readonly dataDir?: string;
}

const text = { type: 'string' } as const;
const OPTIONS = {
  'kafka-port': text,
  'temporal-port': text,
  'ui-port': text,
  'llm-port': text,
  'data-dir': text,
  help: { type: 'boolean' },
} as const;

export const USAGE = `Known options:
  --kafka-port N     default 9092 where free
  --temporal-port N  default 7233 where free
  --ui-port N        Temporal's Web UI; default 8233 where free
  --llm-port N       the stand-in LLM; default 8787 where free
  --data-dir FOLDER  keeps Kafka's and Temporal's state from run to run; default: a temporary folder
OPENAI_API_KEY, OPENAI_BASE_URL, PROVIDERS_FILE: that provider, or those, in place of the stand-in.`;

/** @throws {UsageError} that lists the known options */
export function parseDevOptions(args: readonly string[]): DevOptions {
  const values = parse(args);
  const ports = {
    kafkaPort: port(values, 'kafka-port'),
    temporalPort: port(values, 'temporal-port'),
    uiPort: port(values, 'ui-port'),
    llmPort: port(values, 'llm-port'),
  };
  const given = Object.entries({ ...ports, dataDir: values['data-dir'], help: values.help }).filter(
    ([, value]) => value !== undefined,
  );
  return Object.fromEntries(given);
}

type Values = ReturnType<typeof parse>;

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, strict: true, allowPositionals: false }).values;
  } catch (error) {
    const reason = error instanceof Error ? (error.message.split('. ')[0] ?? '') : String(error);
    throw new UsageError(`${reason}.\n${USAGE}`, { cause: error });
  }
}

function port(values: Values, name: keyof Values & `${string}-port`): number | undefined {
  const value = values[name];
  if (value === undefined) return undefined;
  const number = Number(value);
  if (!Number.isInteger(number) || number < 1 || number > 65_535) {
    throw new UsageError(`--${name} must be a port between 1 and 65535.\n${USAGE}`);
  }
  return number;
}
