export type Environment = Readonly<Record<string, string | undefined>>;
export type Place = readonly (string | number)[];

const VARIABLE = /\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g;

/**
 * `${NAME}` in every text of the value, taken from the environment. After the text has been parsed, so that no secret can change
 * what it means. A variable that is missing or empty is told to `onMissing`, and stays as it was written.
 */
export function interpolate(
  value: unknown,
  options: { environment: Environment; onMissing: (variable: string, place: Place) => void },
  place: Place = [],
): unknown {
  const { environment, onMissing } = options;
  if (typeof value === 'string') {
    return value.replace(VARIABLE, (written, variable: string) => {
      const found = environment[variable];
      if (found !== undefined && found !== '') return found;
      onMissing(variable, place);
      return written;
    });
  }
  if (Array.isArray(value)) return value.map((item, index) => interpolate(item, options, [...place, index]));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, interpolate(item, options, [...place, key])]),
  );
}
