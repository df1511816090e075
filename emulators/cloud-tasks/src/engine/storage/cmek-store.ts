import type { DatabaseSync } from 'node:sqlite';

/** The table of the locations' encryption keys. Every write belongs inside `GroupCommit.write`. */
export class CmekStore {
  readonly #find;
  readonly #set;

  constructor(database: DatabaseSync) {
    this.#find = database.prepare('SELECT kms_key FROM cmek_configs WHERE location = ?');
    this.#set = database.prepare('REPLACE INTO cmek_configs (location, kms_key) VALUES (?, ?)');
  }

  /** The key of a location; '' where it has none. */
  find(location: string): string {
    return String(this.#find.get(location)?.['kms_key'] ?? '');
  }

  set(location: string, kmsKey: string): void {
    this.#set.run(location, kmsKey);
  }
}
