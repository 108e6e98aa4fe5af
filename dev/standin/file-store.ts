/** A file as OpenAI's Files API describes it. */
export interface FileObject {
  readonly id: string;
  readonly object: 'file';
  readonly bytes: number;
  readonly created_at: number;
  readonly filename: string;
  readonly purpose: string;
  /** Azure's are `pending` for a while. */
  readonly status: 'pending' | 'processed' | 'error';
  readonly status_details: string | null;
}

export interface NewFile {
  readonly filename: string;
  readonly purpose: string;
  readonly content: string;
  /** Milliseconds during which it is `pending`. Default 0. */
  readonly processingMs?: number | undefined;
  /** It ends as `error`. */
  readonly fails?: boolean | undefined;
}

export interface FileStore {
  add(file: NewFile): FileObject;
  get(id: string): FileObject | undefined;
  content(id: string): string | undefined;
  /** Input files of batches, as clients uploaded them. */
  uploads(): number;
  reset(): void;
}

export function createFileStore(): FileStore {
  const files = new Map<string, NewFile & { readonly id: string; readonly addedAt: number }>();
  // Not reset: an id that a client still has must not become another file's.
  let count = 0;
  return {
    add(file) {
      count += 1;
      const id = `file-stand-in-${String(count)}`;
      const added = { ...file, id, addedAt: Date.now() };
      files.set(id, added);
      return toObject(added);
    },
    get(id) {
      const file = files.get(id);
      return file && toObject(file);
    },
    content: (id) => files.get(id)?.content,
    uploads: () => [...files.values()].filter(({ purpose }) => purpose === 'batch').length,
    reset: () => {
      files.clear();
    },
  };
}

function toObject(file: NewFile & { id: string; addedAt: number }): FileObject {
  const { id, addedAt, filename, purpose, content, processingMs = 0, fails = false } = file;
  const end = fails
    ? ({ status: 'error', status_details: 'The file had to fail.' } as const)
    : ({ status: 'processed', status_details: null } as const);
  const isPending = Date.now() < addedAt + processingMs;
  return {
    ...{ id, object: 'file', bytes: Buffer.byteLength(content), created_at: Math.floor(addedAt / 1_000) },
    ...{ filename, purpose, ...(isPending ? { status: 'pending', status_details: null } : end) },
  };
}
