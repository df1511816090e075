import type { DocumentChange } from '../store/commit-feed.ts';
import type { StoredDocument } from '../store/stored-document.ts';

const MAX_DOCUMENTS = 1_000;
const MAX_BYTES = 4 * 1024 * 1024;

/**
 * What has changed since a client was last told: of each document only its latest state. Beyond a bound it only
 * remembers that there were too many changes, so a client that reads slowly costs little.
 */
export class PendingChanges {
  #documents = new Map<string, StoredDocument | undefined>();
  #bytes = 0;
  #overflowed = false;

  get isEmpty(): boolean {
    return this.#documents.size === 0 && !this.#overflowed;
  }

  add({ name, after }: DocumentChange): void {
    if (this.#overflowed) return;
    this.#bytes += (after?.dataBytes ?? 0) - (this.#documents.get(name)?.dataBytes ?? 0);
    this.#documents.set(name, after);
    if (this.#documents.size <= MAX_DOCUMENTS && this.#bytes <= MAX_BYTES) return;
    this.#documents.clear();
    this.#bytes = 0;
    this.#overflowed = true;
  }

  /** Hands the changes over and forgets them; undefined if there were too many to remember. */
  take(): ReadonlyMap<string, StoredDocument | undefined> | undefined {
    const taken = this.#overflowed ? undefined : this.#documents;
    this.#documents = new Map();
    this.#bytes = 0;
    this.#overflowed = false;
    return taken;
  }
}
