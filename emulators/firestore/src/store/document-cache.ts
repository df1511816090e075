import type { StoredDocument } from './stored-document.ts';

/**
 * The present state of documents that were used lately, decoded; bounded by the bytes they take on the disk.
 * There is one writer, so what is in here is never out of date.
 */
export class DocumentCache {
  readonly #entries = new Map<string, StoredDocument>();
  readonly #maxBytes: number;
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get(name: string): StoredDocument | undefined {
    const document = this.#entries.get(name);
    if (document === undefined) return undefined;
    // A Map keeps the order of insertion: the first is the one not used for longest.
    this.#entries.delete(name);
    this.#entries.set(name, document);
    return document;
  }

  set(document: StoredDocument): void {
    this.delete(document.name);
    this.#entries.set(document.name, document);
    this.#bytes += document.dataBytes;
    for (const name of this.#entries.keys()) {
      if (this.#bytes <= this.#maxBytes) return;
      this.delete(name);
    }
  }

  delete(name: string): void {
    const document = this.#entries.get(name);
    if (document === undefined) return;
    this.#entries.delete(name);
    this.#bytes -= document.dataBytes;
  }

  clear(): void {
    this.#entries.clear();
    this.#bytes = 0;
  }
}
