import type { DatabaseSync } from 'node:sqlite';
import type { QueueSettings } from '../queues/queue-settings.ts';

/** A queue as it is kept. */
export interface QueueRecord {
  readonly id: number;
  readonly name: string;
  settings: QueueSettings;
  paused: boolean;
  purgeMicros: number | undefined;
}

interface QueueRow {
  id: number;
  name: string;
  settings: string;
  paused: number;
  purge_micros: number | null;
}

/** The tables of queues and of the names of deleted ones. Every write belongs inside `GroupCommit.write`. */
export class QueueStore {
  readonly #all;
  readonly #insert;
  readonly #update;
  readonly #delete;
  readonly #tombstone;
  readonly #addTombstone;
  readonly #dropTombstone;
  readonly #dropTombstones;

  constructor(database: DatabaseSync) {
    this.#all = database.prepare('SELECT id, name, settings, paused, purge_micros FROM queues');
    this.#insert = database.prepare('INSERT INTO queues (name, settings) VALUES (?, ?)');
    this.#update = database.prepare(
      'UPDATE queues SET settings = ?, paused = ?, purge_micros = ? WHERE id = ?',
    );
    this.#delete = database.prepare('DELETE FROM queues WHERE id = ?');
    this.#tombstone = database.prepare('SELECT expires_ms FROM queue_tombstones WHERE name = ?');
    this.#addTombstone = database.prepare('REPLACE INTO queue_tombstones (name, expires_ms) VALUES (?, ?)');
    this.#dropTombstone = database.prepare('DELETE FROM queue_tombstones WHERE name = ?');
    this.#dropTombstones = database.prepare('DELETE FROM queue_tombstones');
  }

  all(): QueueRecord[] {
    return (this.#all.all() as unknown as QueueRow[]).map((row) => ({
      id: row.id,
      name: row.name,
      settings: JSON.parse(row.settings) as QueueSettings,
      paused: row.paused === 1,
      purgeMicros: row.purge_micros ?? undefined,
    }));
  }

  insert(name: string, settings: QueueSettings): QueueRecord {
    this.#dropTombstone.run(name);
    const { lastInsertRowid } = this.#insert.run(name, JSON.stringify(settings));
    return { id: Number(lastInsertRowid), name, settings, paused: false, purgeMicros: undefined };
  }

  update(queue: QueueRecord): void {
    const { settings, paused, purgeMicros, id } = queue;
    this.#update.run(JSON.stringify(settings), paused ? 1 : 0, purgeMicros ?? null, id);
  }

  /** Deletes a queue; its name stays reserved until `tombstoneExpiresMs`. Its tasks are another table's matter. */
  delete(queue: QueueRecord, tombstoneExpiresMs: number): void {
    this.#delete.run(queue.id);
    this.#addTombstone.run(queue.name, tombstoneExpiresMs);
  }

  isTombstoned(name: string, nowMs: number): boolean {
    const row = this.#tombstone.get(name) as { expires_ms: number } | undefined;
    return row !== undefined && row.expires_ms > nowMs;
  }

  dropTombstones(): void {
    this.#dropTombstones.run();
  }
}
