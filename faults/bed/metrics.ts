/** Reads a process's own figures. */

/** The sum over all labels that match, or `undefined` when the process does not answer or has no such metric. */
export async function metric(
  { metricsUrl }: { readonly metricsUrl: string },
  name: string,
  labels = '',
): Promise<number | undefined> {
  const text = await metricsText(metricsUrl);
  return text === undefined ? undefined : sumOf(text, name, labels);
}

/** The same in what a process has answered already. */
export function sumOf(text: string, name: string, labels = ''): number | undefined {
  const values = text
    .split('\n')
    .filter((line) => (line.startsWith(`${name}{`) || line.startsWith(`${name} `)) && line.includes(labels))
    .map((line) => Number(line.slice(line.lastIndexOf(' ') + 1)));
  return values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0);
}

export async function metricsText(metricsUrl: string): Promise<string | undefined> {
  try {
    return await (await fetch(metricsUrl, { signal: AbortSignal.timeout(3_000) })).text();
  } catch {
    return undefined;
  }
}

/** What `/readyz` says: `ok`, or what is missing; `undefined`: no answer. */
export async function readiness({ metricsUrl }: { readonly metricsUrl: string }): Promise<string | undefined> {
  return (await metricsText(new URL('/readyz', metricsUrl).href))?.trim();
}
