/** What comes before every message of Kafka's protocol: its length without these four bytes. */
const LENGTH_BYTES = 4;

/**
 * Cuts a stream of bytes into the messages of Kafka's protocol.
 * @param onFrame gets each message with its length in front, as it came.
 */
export function createFrameReader(onFrame: (frame: Buffer) => void): (chunk: Buffer) => void {
  let waiting: Buffer[] = [];
  let bytes = 0;
  return (chunk) => {
    waiting.push(chunk);
    bytes += chunk.length;
    if (bytes < LENGTH_BYTES) return;
    let all = Buffer.concat(waiting, bytes);
    while (all.length >= LENGTH_BYTES) {
      const end = LENGTH_BYTES + all.readInt32BE(0);
      if (all.length < end) break;
      onFrame(all.subarray(0, end));
      all = all.subarray(end);
    }
    waiting = [all];
    bytes = all.length;
  };
}

/** The API keys of Kafka's protocol that faults are aimed at. */
export const API_KEYS = {
  Produce: 0,
  Fetch: 1,
  Metadata: 3,
  OffsetCommit: 8,
  OffsetFetch: 9,
  FindCoordinator: 10,
  JoinGroup: 11,
  Heartbeat: 12,
  SyncGroup: 14,
} as const;
export type KafkaApi = keyof typeof API_KEYS;

const API_NAMES: ReadonlyMap<number, KafkaApi> = new Map(
  (Object.entries(API_KEYS) as [KafkaApi, number][]).map(([name, key]) => [key, name]),
);

export interface RequestHeader {
  /** `undefined` for one that no fault is aimed at. */
  readonly api: KafkaApi | undefined;
  readonly correlationId: number;
}

export function requestHeader(frame: Buffer): RequestHeader {
  return { api: API_NAMES.get(frame.readInt16BE(4)), correlationId: frame.readInt32BE(8) };
}

export function correlationIdOf(response: Buffer): number {
  return response.readInt32BE(4);
}
