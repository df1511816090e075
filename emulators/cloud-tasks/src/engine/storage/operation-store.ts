import type { DatabaseSync } from 'node:sqlite';

/**
 * The table of long-running operations, each as its encoded message. Every write belongs inside `GroupCommit.write`.
 */
export class OperationStore {
  readonly #insert;
  readonly #find;
  readonly #dropExpired;
  readonly #dropAll;

  constructor(database: DatabaseSync) {
    this.#insert = database.prepare('INSERT INTO operations (name, message, expires_ms) VALUES (?, ?, ?)');
    this.#find = database.prepare('SELECT message FROM operations WHERE name = ?');
    // At most two for each new one: the table shrinks again without ever being swept.
    this.#dropExpired = database.prepare(
      'DELETE FROM operations WHERE id IN (SELECT id FROM operations ORDER BY id LIMIT 2) AND expires_ms <= ?',
    );
    this.#dropAll = database.prepare('DELETE FROM operations');
  }

  insert(name: string, message: Uint8Array, times: { nowMs: number; expiresMs: number }): void {
    this.#dropExpired.run(times.nowMs);
    this.#insert.run(name, message, times.expiresMs);
  }

  find(name: string): Uint8Array | undefined {
    return this.#find.get(name)?.['message'] as Uint8Array | undefined;
  }

  dropAll(): void {
    this.#dropAll.run();
  }
}
