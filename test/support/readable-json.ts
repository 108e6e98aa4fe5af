/** A JSON text with, behind it, what stands in it in base64: to look for something in a history and its payloads. */
export function readableJson(json: string): string {
  const decoded = (json.match(/[A-Za-z0-9+/]{8,}={0,2}/g) ?? []).map((text) =>
    Buffer.from(text, 'base64').toString('latin1'),
  );
  return [json, ...decoded].join('\n');
}
