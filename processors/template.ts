import { z } from 'zod';
import { MAX_OUTPUT_BYTES } from '../contracts/limits.ts';
import { defineProcessor } from './processor.ts';

/** No nested braces inside: one pass, linear in the template's length. */
const PLACEHOLDER = /\{\{([^{}]*)\}\}/g;
const NAME = /^[A-Za-z_][A-Za-z0-9_.-]*$/;

type Values = Readonly<Record<string, string | number | boolean>>;

const payload = z
  .strictObject({
    template: z.string().min(1),
    values: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  })
  .superRefine(({ template, values }, context) => {
    const names = placeholdersIn(template);
    for (const name of new Set(names)) {
      const problem = problemWith(name, values);
      if (problem !== undefined) context.addIssue({ code: 'custom', path: ['values', name], message: problem });
    }
    // Counted before it is built: a quarter of a megabyte of placeholders and a long value would make gigabytes.
    const bytes = names.reduce((sum, name) => sum + Buffer.byteLength(valueOf(name, values) ?? ''), template.length);
    if (bytes > MAX_OUTPUT_BYTES) {
      const message = `the filled template would be above ${String(MAX_OUTPUT_BYTES)} bytes`;
      context.addIssue({ code: 'custom', path: ['template'], message });
    }
  });

/** `{ template, values }` → `{ text }`: every `{{name}}` becomes its value. Finishes without the model. */
export const template = defineProcessor({
  type: 'template',
  payloadSchema: payload,
  outputSchema: z.strictObject({ text: z.string() }),

  preprocess: ({ template, values }) => ({
    kind: 'output',
    // Values are put in as they are: braces inside a value are not looked at again.
    output: { text: template.replace(PLACEHOLDER, (_, name: string) => valueOf(name.trim(), values) ?? '') },
  }),
});

function placeholdersIn(template: string): string[] {
  return Array.from(template.matchAll(PLACEHOLDER), ([, name = '']) => name.trim());
}

function problemWith(name: string, values: Values): string | undefined {
  if (!NAME.test(name))
    return `{{${name.slice(0, 50)}}} is no placeholder: a name is letters, digits, "_", "." and "-"`;
  return valueOf(name, values) === undefined ? `{{${name.slice(0, 50)}}} has no value` : undefined;
}

/** Own members only: `{{constructor}}` is a name like any other. */
function valueOf(name: string, values: Values): string | undefined {
  return Object.hasOwn(values, name) ? String(values[name]) : undefined;
}
