import type { DatabaseSync } from 'node:sqlite';
import { DatabaseFiles, type DatabaseGoneError, openDatabase } from '@waybill/emulator-kit';
import type Stripe from 'stripe';

/** What the sandbox keeps. */
export type StoredObject = Stripe.PaymentIntent | Stripe.Charge | Stripe.Refund;
type ObjectOf<K extends StoredObject['object']> = Extract<StoredObject, { object: K }>;

/** The answer that was given to an idempotency key. */
export interface SavedResponse {
  readonly path: string;
  /** Of the method, path and parameters it answered. */
  readonly fingerprint: string;
  readonly status: number;
  readonly body: string;
  readonly requestId: string;
}

/** How long a key is remembered. Source: https://docs.stripe.com/api/idempotent_requests ("at least 24 hours"). */
const KEY_LIFETIME_MS = 24 * 60 * 60 * 1000;

// IF NOT EXISTS: older files have these tables, and no number of a format.
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS objects (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    json TEXT NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS answers (
    key TEXT PRIMARY KEY,
    path TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    status INTEGER NOT NULL,
    body TEXT NOT NULL,
    request_id TEXT NOT NULL,
    created_ms INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS answers_by_time ON answers (created_ms);
  CREATE INDEX IF NOT EXISTS answers_by_fingerprint ON answers (fingerprint);
`;

/**
 * The sandbox's durable memory: what `commit` has taken survives a killed process. Without a folder it is kept in
 * memory alone. Objects are read from the disk once, for a list looks at all of them.
 */
export class PaymentStore {
  readonly #db: DatabaseSync;
  /** Frozen: whoever finds one has the same one. */
  readonly #objects = new Map<string, StoredObject>();
  /** The ids of each kind, in the order in which they were made. */
  readonly #idsOfKind = new Map<StoredObject['object'], string[]>();
  readonly #files: DatabaseFiles;

  /** @param dataDir the folder, made if it is missing */
  constructor(dataDir: string | undefined) {
    this.#db = openDatabase({
      dataDir,
      fileName: 'payments.sqlite',
      access: 'shared',
      format: 1,
      schema: SCHEMA,
    });
    this.#files = new DatabaseFiles(this.#db);
    for (const { json } of this.#db.prepare('SELECT json FROM objects ORDER BY seq').iterate()) {
      this.#remember(JSON.parse(String(json)) as StoredObject);
    }
  }

  /** Resolves when the files were found to be gone: `commit` throws from then on. */
  get gone(): Promise<DatabaseGoneError> {
    return this.#files.gone;
  }

  /**
   * Keeps objects and the answer to a key, all or nothing, on disk before it returns. Also forgets old keys.
   * @throws {DatabaseGoneError} if the files were removed or replaced
   */
  commit(
    nowMs: number,
    objects: readonly StoredObject[],
    response?: { readonly key: string } & SavedResponse,
  ): void {
    this.#db.exec('BEGIN IMMEDIATE');
    try {
      for (const object of objects) {
        this.#db
          .prepare(
            'INSERT INTO objects (id, kind, json) VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET json = excluded.json',
          )
          .run(object.id, object.object, JSON.stringify(object));
      }
      this.#db.prepare('DELETE FROM answers WHERE created_ms <= ?').run(nowMs - KEY_LIFETIME_MS);
      if (response) {
        const { key, path, fingerprint, status, body, requestId } = response;
        this.#db
          .prepare('INSERT INTO answers VALUES (?, ?, ?, ?, ?, ?, ?)')
          .run(key, path, fingerprint, status, body, requestId, nowMs);
      }
      this.#db.exec('COMMIT');
    } catch (error) {
      this.#db.exec('ROLLBACK');
      throw error;
    }
    this.#files.assertInPlace();
    for (const object of objects) this.#remember(object);
  }

  /** The object with this id, if it is of this kind. */
  find<K extends StoredObject['object']>(kind: K, id: string): ObjectOf<K> | undefined {
    const found = this.#objects.get(id);
    return found?.object === kind ? (found as ObjectOf<K>) : undefined;
  }

  /** All objects of a kind, newest first. */
  *all<K extends StoredObject['object']>(kind: K): Generator<ObjectOf<K>> {
    const ids = this.#idsOfKind.get(kind) ?? [];
    for (let index = ids.length - 1; index >= 0; index -= 1) {
      const object = this.find(kind, ids[index] ?? '');
      if (object !== undefined) yield object;
    }
  }

  /** The answer that a key got within the last 24 hours. */
  findResponse(key: string, nowMs: number): SavedResponse | undefined {
    const row = this.#db
      .prepare(
        'SELECT path, fingerprint, status, body, request_id AS requestId FROM answers WHERE key = ? AND created_ms > ?',
      )
      .get(key, nowMs - KEY_LIFETIME_MS);
    return row as SavedResponse | undefined;
  }

  /** Whether a request with this fingerprint was answered 500 within the last 24 hours, under whatever key. */
  hasFailed(fingerprint: string, nowMs: number): boolean {
    return (
      this.#db
        .prepare('SELECT 1 FROM answers WHERE fingerprint = ? AND status = 500 AND created_ms > ?')
        .get(fingerprint, nowMs - KEY_LIFETIME_MS) !== undefined
    );
  }

  close(): void {
    this.#db.close();
  }

  #remember(object: StoredObject): void {
    if (!this.#objects.has(object.id)) {
      const ids = this.#idsOfKind.get(object.object) ?? [];
      ids.push(object.id);
      this.#idsOfKind.set(object.object, ids);
    }
    this.#objects.set(object.id, Object.freeze(object));
  }
}
