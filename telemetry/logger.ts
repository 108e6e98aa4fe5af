import { pino, type Logger as PinoLogger } from 'pino';
import { createFieldCleaner } from './log-fields.ts';

export type Logger = PinoLogger;

/**
 * One JSON object a line on stdout. Payloads are never logged.
 * @param secrets taken out of every line, wherever they occur.
 */
export function createLogger(
  level: string,
  bindings: Record<string, unknown> = {},
  secrets: readonly string[] = [],
): Logger {
  const clean = createFieldCleaner(secrets);
  return pino({
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
  });
}
