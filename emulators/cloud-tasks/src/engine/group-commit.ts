import type { DatabaseSync } from 'node:sqlite';

/**
 * Collects the writes of one turn of the event loop in one transaction, so that they share one fsync. Writes take
 * effect at once for readers in this process; who answers a caller waits for `committed()` first.
 */
export class GroupCommit {
  readonly #database: DatabaseSync;
  readonly #afterCommit: () => void;
  readonly #onLost: (error: unknown) => void;
  #open: { readonly done: Promise<void>; resolve(): void; reject(error: unknown): void } | undefined;
  #immediate: NodeJS.Immediate | undefined;
  #hasLost = false;

  /**
   * @param options.afterCommit throws where what is on the disk would not be found again; the transaction is then lost
   * @param options.onLost called when a transaction could not be committed: all its writes are undone
   */
  constructor(
    database: DatabaseSync,
    options: { afterCommit: () => void; onLost: (error: unknown) => void },
  ) {
    this.#database = database;
    this.#afterCommit = options.afterCommit;
    this.#onLost = options.onLost;
  }

  /**
   * Runs statements inside the open transaction, beginning one if need be. If they fail, the whole transaction is
   * undone, and everyone who waits for it is refused.
   */
  write<T>(statements: () => T): T {
    if (this.#open === undefined) {
      this.#database.exec('BEGIN IMMEDIATE');
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      // Not every writer waits; a failure must not end the process on behalf of those who don't.
      promise.catch(() => {});
      this.#open = { done: promise, resolve, reject };
      this.#immediate = setImmediate(() => this.commit());
    }
    try {
      return statements();
    } catch (error) {
      this.#lose(error);
      throw error;
    }
  }

  /** Resolves once everything written so far is on the disk; at once if nothing is open. */
  committed(): Promise<void> {
    return this.#open?.done ?? Promise.resolve();
  }

  /** Whether a transaction was lost: what is in memory is no longer what is on the disk. */
  get hasLost(): boolean {
    return this.#hasLost;
  }

  /** Commits now. */
  commit(): void {
    const open = this.#open;
    if (open === undefined) return;
    clearImmediate(this.#immediate);
    try {
      this.#database.exec('COMMIT');
      this.#afterCommit();
    } catch (error) {
      this.#lose(error);
      return;
    }
    this.#open = undefined;
    open.resolve();
  }

  #lose(error: unknown): void {
    const open = this.#open;
    if (open === undefined) return;
    clearImmediate(this.#immediate);
    this.#open = undefined;
    this.#hasLost = true;
    try {
      this.#database.exec('ROLLBACK');
    } catch {
      // SQLite has rolled back by itself already (a full disk, an I/O error), or it had committed.
    }
    open.reject(error);
    this.#onLost(error);
  }
}
