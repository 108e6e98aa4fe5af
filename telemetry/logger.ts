import { pino, type DestinationStream, type Logger as PinoLogger, type LoggerOptions as PinoOptions } from 'pino';
import { createLogDestination } from './log-destination.ts';
import { createFieldCleaner } from './log-fields.ts';

export type Logger = PinoLogger;

export interface LoggerOptions {
  /** Part of every line. */
  readonly bindings?: Record<string, unknown>;
  /** Taken out of every line, wherever they occur. */
  readonly secrets?: readonly string[];
  readonly destination?: DestinationStream;
}

/** One JSON object a line on stdout. Payloads are never logged. */
export function createLogger(
  level: string,
  { bindings = {}, secrets = [], destination = createLogDestination() }: LoggerOptions = {},
): Logger {
  const clean = createFieldCleaner(secrets);
  const options: PinoOptions = {
    level,
    base: bindings,
    timestamp: pino.stdTimeFunctions.isoTime,
    hooks: {
      logMethod(args, method) {
        const [first, ...rest] = args as [unknown, ...unknown[]];
        const texts = rest.map((text) => (typeof text === 'string' ? clean.message(text) : clean.fields(text)));
        const cleaned =
          typeof first === 'string'
            ? clean.message(first)
            : clean.fields(first instanceof Error ? { err: first } : first);
        method.apply(this, [cleaned, ...texts] as Parameters<typeof method>);
      },
    },
  };
  return pino(options, destination);
}
