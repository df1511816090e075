import type { DatabaseSync } from 'node:sqlite';
import { status } from '@grpc/grpc-js';
import { FirestoreError } from '../firestore-error.ts';

/**
 * Writes that arrive in one turn of the event loop share one SQLite transaction, so that they share one fsync.
 * Nothing may be acknowledged, and nothing read since may be answered, before `durable()` has resolved.
 */
export class GroupCommit {
  readonly #database: DatabaseSync;
  readonly #beforeCommit: () => void;
  readonly #afterCommit: () => void;
  readonly #onLost: (error: unknown) => void;
  #group: PromiseWithResolvers<void> | undefined;

  /**
   * @param options.beforeCommit the last writes of each group
   * @param options.afterCommit throws where what is on the disk would not be found again; the group is then lost
   * @param options.onLost a group was rolled back: whatever is cached of the data is void
   */
  constructor(
    database: DatabaseSync,
    options: { beforeCommit: () => void; afterCommit: () => void; onLost: (error: unknown) => void },
  ) {
    this.#database = database;
    this.#beforeCommit = options.beforeCommit;
    this.#afterCommit = options.afterCommit;
    this.#onLost = options.onLost;
  }

  /** Runs statements in the open group; opens one if there is none. If they throw, the whole group is lost. */
  write(run: () => void): void {
    if (this.#group === undefined) this.#open();
    try {
      run();
    } catch (error) {
      this.#lose(error);
      throw error;
    }
  }

  /**
   * Resolves once all that was written so far is on the disk; at once where nothing waits.
   * @throws {FirestoreError} UNAVAILABLE if it could not be written
   */
  durable(): Promise<void> {
    return this.#group?.promise ?? Promise.resolve();
  }

  /** Ends the open group now. */
  flush(): void {
    const group = this.#group;
    if (group === undefined) return;
    try {
      this.#beforeCommit();
      this.#database.exec('COMMIT');
      this.#afterCommit();
    } catch (error) {
      this.#lose(error);
      return;
    }
    this.#group = undefined;
    group.resolve();
  }

  #open(): void {
    this.#database.exec('BEGIN IMMEDIATE');
    const group = Promise.withResolvers<void>();
    // Somebody waits for it as a rule, but a loss must not end the process where nobody does.
    group.promise.catch(() => {});
    this.#group = group;
    setImmediate(() => {
      if (this.#group === group) this.flush();
    });
  }

  #lose(error: unknown): void {
    const group = this.#group;
    this.#group = undefined;
    if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
    this.#onLost(error);
    const reason = error instanceof Error ? error.message : String(error);
    group?.reject(
      new FirestoreError(status.UNAVAILABLE, `The data could not be written to the disk: ${reason}`, {
        cause: error,
      }),
    );
  }
}
