import type { DatabaseSync } from 'node:sqlite';

/** What happens around the commits of a {@link GroupCommit}. */
export interface GroupCommitOptions {
  /** Makes the last writes of each group. */
  readonly beforeCommit?: () => void;
  /** Throws where what is on the disk would not be found again; the group is then lost. */
  readonly afterCommit: () => void;
  /** Called when a group was rolled back: what is cached of its writes is void. */
  readonly onLost: (error: unknown) => void;
  /** Makes the error that `committed()` rejects with; default: the error that lost the group. */
  readonly toCommitError?: (error: unknown) => Error;
}

/**
 * Collects the writes of one turn of the event loop in one SQLite transaction, so that they share one fsync. Writes
 * take effect at once for readers in this process. Acknowledge nothing, and answer no read, before `committed()` has
 * resolved.
 */
export class GroupCommit {
  readonly #database: DatabaseSync;
  readonly #options: GroupCommitOptions;
  #open: PromiseWithResolvers<void> | undefined;
  #immediate: NodeJS.Immediate | undefined;
  #hasLost = false;

  constructor(database: DatabaseSync, options: GroupCommitOptions) {
    this.#database = database;
    this.#options = options;
  }

  /**
   * Runs statements in the open group; opens one if there is none. If they throw, the whole group is rolled back, and
   * all who wait for it are refused.
   */
  write<T>(statements: () => T): T {
    if (this.#open === undefined) this.#begin();
    try {
      return statements();
    } catch (error) {
      this.#lose(error);
      throw error;
    }
  }

  /** Resolves once all that was written so far is on the disk; at once if no group is open. */
  committed(): Promise<void> {
    return this.#open?.promise ?? Promise.resolve();
  }

  /** Whether a group was lost: what is in memory is no longer what is on the disk. */
  get hasLost(): boolean {
    return this.#hasLost;
  }

  /** Commits the open group now. */
  commit(): void {
    const open = this.#open;
    if (open === undefined) return;
    clearImmediate(this.#immediate);
    try {
      this.#options.beforeCommit?.();
      this.#database.exec('COMMIT');
      this.#options.afterCommit();
    } catch (error) {
      this.#lose(error);
      return;
    }
    this.#open = undefined;
    open.resolve();
  }

  #begin(): void {
    this.#database.exec('BEGIN IMMEDIATE');
    this.#open = Promise.withResolvers<void>();
    // Not every writer waits; a failure must not end the process on behalf of those who don't.
    this.#open.promise.catch(() => {});
    this.#immediate = setImmediate(() => this.commit());
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
    open.reject(this.#options.toCommitError?.(error) ?? error);
    this.#options.onLost(error);
  }
}
