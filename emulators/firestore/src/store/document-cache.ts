import type { EncodedDocument } from './stored-document.ts';

/**
 * The present state of documents that were used lately, encoded; bounded by the bytes they take on the disk.
 * There is one writer, so what is in here is never out of date.
 */
export class DocumentCache {
  readonly #entries = new Map<string, EncodedDocument>();
  readonly #maxBytes: number;
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get(name: string): EncodedDocument | undefined {
    const document = this.#entries.get(name);
    if (document === undefined) return undefined;
    // A Map keeps the order of insertion: the first is the one not used for longest.
    this.#entries.delete(name);
    this.#entries.set(name, document);
    // A copy, so that fields that are decoded are not kept.
    return document.lean();
  }

  set(document: EncodedDocument): void {
    this.delete(document.name);
    this.#entries.set(document.name, document.lean());
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
