export interface GatheringLimits {
  /** How long requests are gathered, from the first one on. Asked each time: it changes when the process is about to end. */
  readonly windowMs: () => number;
  readonly maxRequests: number;
  readonly maxBytes: number;
}

/** Requests on their way into the same file. */
export interface Gathering<Request> {
  /** @returns takes the request out again; `false` when it has gone. */
  add(request: Request): () => boolean;
  /** What is gathered goes now. */
  flush(): void;
}

/** Hands over, together, what comes within a window, or as much as fits. */
export function createGathering<Request extends { readonly line: string }>(
  { windowMs, maxRequests, maxBytes }: GatheringLimits,
  handOver: (requests: readonly Request[]) => void,
): Gathering<Request> {
  let gathered: Request[] = [];
  let bytes = 0;
  let timer: NodeJS.Timeout | undefined;

  function flush(): void {
    clearTimeout(timer);
    timer = undefined;
    const requests = gathered;
    gathered = [];
    bytes = 0;
    if (requests.length > 0) handOver(requests);
  }

  return {
    add(request) {
      const size = Buffer.byteLength(request.line) + 1;
      if (bytes + size > maxBytes) flush();
      gathered.push(request);
      bytes += size;
      if (gathered.length >= maxRequests) flush();
      else timer ??= setTimeout(flush, windowMs());
      return () => {
        if (!gathered.includes(request)) return false;
        gathered = gathered.filter((other) => other !== request);
        bytes -= size;
        return true;
      };
    },
    flush,
  };
}
