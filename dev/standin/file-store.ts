/** A file as OpenAI's Files API describes it. */
export interface FileObject {
  readonly id: string;
  readonly object: 'file';
  readonly bytes: number;
  readonly created_at: number;
  readonly filename: string;
  readonly purpose: string;
}

export interface FileStore {
  add(file: { filename: string; purpose: string; content: string }): FileObject;
  content(id: string): string | undefined;
  /** Input files of batches, as clients uploaded them. */
  uploads(): number;
  reset(): void;
}

export function createFileStore(): FileStore {
  const files = new Map<string, { readonly object: FileObject; readonly content: string }>();
  // Not reset: an id that a client still has must not become another file's.
  let count = 0;
  return {
    add({ filename, purpose, content }) {
      count += 1;
      const object: FileObject = {
        id: `file-stand-in-${String(count)}`,
        object: 'file',
        bytes: Buffer.byteLength(content),
        created_at: Math.floor(Date.now() / 1_000),
        filename,
        purpose,
      };
      files.set(object.id, { object, content });
      return object;
    },
    content: (id) => files.get(id)?.content,
    uploads: () => [...files.values()].filter(({ object }) => object.purpose === 'batch').length,
    reset: () => {
      files.clear();
    },
  };
}
