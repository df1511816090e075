import type { Micros } from '../values/timestamp.ts';
import type { StoredDocument } from './stored-document.ts';

/** What one commit changed, told once it is on the disk. */
export interface Commit {
  readonly commitMicros: Micros;
  readonly changes: readonly DocumentChange[];
}

/** A document before and after a commit; undefined where it did not exist. */
export interface DocumentChange {
  readonly name: string;
  readonly before: StoredDocument | undefined;
  readonly after: StoredDocument | undefined;
}

/** Tells listeners of commits, in their order. */
export class CommitFeed {
  readonly #listeners = new Set<(commit: Commit) => void>();

  /** Calls `listener` after each commit. Returns a function that ends that. */
  subscribe(listener: (commit: Commit) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  publish(commit: Commit): void {
    for (const listener of [...this.#listeners]) listener(commit);
  }
}
