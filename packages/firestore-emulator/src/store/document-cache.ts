import type { StoredDocument } from './stored-document.ts';

/**
 * The present state of documents that were used lately, decoded; bounded by the bytes they take on the disk.
 * There is one writer, so what is in here is never out of date.
 */
export class DocumentCache {
  readonly #entries = new Map<string, { document: StoredDocument; bytes: number }>();
  readonly #maxBytes: number;
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get(name: string): StoredDocument | undefined {
    const entry = this.#entries.get(name);
    if (entry === undefined) return undefined;
    this.#entries.delete(name);
    this.#entries.set(name, entry);
    return entry.document;
  }

  set(document: StoredDocument, bytes: number): void {
    this.delete(document.name);
    this.#entries.set(document.name, { document, bytes });
    this.#bytes += bytes;
    for (const name of this.#entries.keys()) {
      if (this.#bytes <= this.#maxBytes) return;
      this.delete(name);
    }
  }

  delete(name: string): void {
    const entry = this.#entries.get(name);
    if (entry === undefined) return;
    this.#entries.delete(name);
    this.#bytes -= entry.bytes;
  }

  clear(): void {
    this.#entries.clear();
    this.#bytes = 0;
  }
}
