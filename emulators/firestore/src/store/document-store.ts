import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import { type Clock, DatabaseFiles, DatabaseGoneError, GroupCommit, GrpcStatus } from '@waybill/emulator-kit';
import { FirestoreError } from '../firestore-error.ts';
import { decodeDocumentField } from '../protocol/document-field.ts';
import { decodeDocument, encodeDocument } from '../protocol/firestore-service.ts';
import { decodeFields, encodeFields } from '../values/encode-value.ts';
import { type FieldPath, getField } from '../values/field-path.ts';
import {
  collectionIdOf,
  collectionOf,
  type DocumentName,
  endOfPrefix,
  nameOf,
  type ParentName,
  parseDocumentName,
  sortKey,
} from '../values/resource-name.ts';
import type { Micros } from '../values/timestamp.ts';
import type { Fields } from '../values/value.ts';
import { CommitClock } from './commit-clock.ts';
import { CommitFeed, type DocumentChange } from './commit-feed.ts';
import { DocumentCache } from './document-cache.ts';
import { openDocumentDatabase } from './document-database.ts';
import type { FieldIndex, IndexEntry } from './field-index.ts';
import { FieldIndexes } from './field-indexes.ts';
import type { StoredDocument } from './stored-document.ts';
import { VersionRetention } from './version-retention.ts';

/** Old versions are kept this long, as the real service does without point-in-time recovery. */
export const VERSION_RETENTION_MICROS = 60 * 60 * 1_000_000;
const MAX_VERSIONS = 100_000;
const MAX_VERSION_BYTES = 256 * 1024 * 1024;
const CACHE_BYTES = 64 * 1024 * 1024;

/** Which documents a scan goes through; always within one database and below `parent`. */
export interface ScanScope {
  readonly parent: ParentName;
  /** Only collections of this id; all if undefined. */
  readonly collectionId?: string | undefined;
  /** Collections at any depth below the parent, not only its own. */
  readonly allDescendants: boolean;
  /** Sort keys: from the first, included, to the second, excluded. */
  readonly fromKey?: Uint8Array | undefined;
  readonly toKey?: Uint8Array | undefined;
}

/** What a commit leaves of a document; undefined deletes it. */
export interface DocumentState {
  readonly name: DocumentName;
  readonly fields: Fields | undefined;
}

interface Row {
  key: Uint8Array;
  name: string;
  created: number;
  updated: number;
  data: Uint8Array;
}

/** Documents in SQLite: one process, one writer, every acknowledged commit on the disk. */
export class DocumentStore {
  readonly clock: CommitClock;
  readonly feed = new CommitFeed();
  readonly #database: DatabaseSync;
  readonly #files: DatabaseFiles;
  readonly #group: GroupCommit;
  readonly #cache = new DocumentCache(CACHE_BYTES);
  readonly #indexes = new FieldIndexes();
  readonly #statements = new Map<string, StatementSync>();
  readonly #retention = new VersionRetention({
    maxAgeMicros: VERSION_RETENTION_MICROS,
    maxVersions: MAX_VERSIONS,
    maxBytes: MAX_VERSION_BYTES,
  });
  #oldestReadableMicros: Micros;
  #pruneIsDue = false;
  /** Commits that were applied and that the feed was not told of yet. */
  #unpublished = 0;
  #settledMicros: Micros = 0;
  /** Rises with each commit that changed something, and when one was lost: tells whether a result may have changed. */
  #revision = 0;

  /**
   * Opens the data in a folder, made if it isn't there; in memory without one.
   * @param options.onWriteFailed told why a commit could not be written (the disk is full), once until one could again;
   *   not of files that are gone
   * @throws {Error} if another process uses the folder, or it holds another format
   */
  constructor(options: {
    dataDir?: string | undefined;
    clock: Clock;
    onWriteFailed?: ((error: Error) => void) | undefined;
  }) {
    this.#database = openDocumentDatabase(options.dataDir);
    this.#files = new DatabaseFiles(this.#database);
    this.clock = new CommitClock(options.clock, this.#readTime('last'));
    this.#oldestReadableMicros = this.#readTime('oldest_readable');
    let isFailing = false;
    this.#group = new GroupCommit(this.#database, {
      beforeCommit: () => this.#writeTime('last', this.clock.lastMicros),
      afterCommit: () => {
        this.#files.assertInPlace();
        isFailing = false;
      },
      toCommitError: unavailable,
      onLost: (error) => {
        this.#cache.clear();
        this.#indexes.clear();
        this.#revision++;
        if (isFailing || !(error instanceof Error) || error instanceof DatabaseGoneError) return;
        isFailing = true;
        options.onWriteFailed?.(error);
      },
    });
  }

  /** Resolves when the data's files were found to be gone: nothing can be written any more. */
  get gone(): Promise<DatabaseGoneError> {
    return this.#files.gone;
  }

  get revision(): number {
    return this.#revision;
  }

  /**
   * A time up to which every commit is on the disk and was told to the feed: the latest one there is. Rises from call
   * to call. Who reads at this time, and takes what the feed tells from then on, misses nothing and sees nothing twice.
   */
  settledMicros(): Micros {
    if (this.#unpublished === 0) this.#settledMicros = this.clock.next();
    return this.#settledMicros;
  }

  /** Reads before this time can't be answered any more. */
  get oldestReadableMicros(): Micros {
    return this.#oldestReadableMicros;
  }

  /** The document as it is now. */
  get(name: DocumentName): StoredDocument | undefined {
    const cached = this.#cache.get(name.name);
    if (cached !== undefined) return cached;
    const row = this.#prepare('SELECT key, name, created, updated, data FROM documents WHERE key = ?').get(
      sortKey(name.database, name.segments),
    ) as Row | undefined;
    return row === undefined ? undefined : this.#documentOf(row, true);
  }

  /** The document as it was at a time not before `oldestReadableMicros`. */
  getAt(name: DocumentName, atMicros: Micros): StoredDocument | undefined {
    const present = this.get(name);
    if (present !== undefined && present.updateMicros <= atMicros) return present;
    const row = this.#prepare(
      'SELECT key, name, created, updated, data FROM versions WHERE ended > ?1 AND updated <= ?1 AND key = ?2',
    ).get(atMicros, sortKey(name.database, name.segments)) as Row | undefined;
    return row === undefined ? undefined : this.#documentOf(row, false);
  }

  /** Goes through the documents in a scope in the order of their names, as they are now or were at a time. */
  *scan(scope: ScanScope, atMicros?: Micros): Generator<StoredDocument> {
    const { where, values } = scanCondition(scope);
    const present = this.#presentRows(where, values);
    if (atMicros === undefined) {
      for (const row of present) yield this.#presentDocument(row);
      return;
    }
    yield* this.#merge(present, this.#pastRows(where, values, atMicros), atMicros);
  }

  /** The present documents in all collections of an id by a field's values; made of all of them when first asked for. */
  fieldIndex(database: string, collectionId: string, path: FieldPath): FieldIndex {
    const group = groupOf(database, collectionId);
    return this.#indexes.get(group, path, () => this.#entriesOf(group, path));
  }

  /**
   * Documents that an index has named, as they are now. As they were at a time: those of them that have not changed
   * since, and then every one in the scope that has.
   */
  *lookUp(names: Iterable<string>, scope: ScanScope, atMicros?: Micros): Generator<StoredDocument> {
    for (const name of names) {
      const document = this.#cache.get(name) ?? this.get(parseDocumentName(name));
      if (document !== undefined && (atMicros === undefined || document.updateMicros <= atMicros))
        yield document;
    }
    if (atMicros === undefined) return;
    const { where, values } = scanCondition(scope);
    for (const row of this.#pastRows(where, values, atMicros)) yield this.#documentOf(row, false);
  }

  /** The ids of the collections directly below a document or the root, in order, also where only nested ones hold documents. */
  *collectionIds(parent: ParentName, atMicros?: Micros): Generator<string> {
    const prefix = sortKey(parent.database, parent.segments);
    let fromKey = prefix;
    const depth = parent.segments.length;
    for (;;) {
      const [next] = this.scan({ parent, allDescendants: true, fromKey }, atMicros);
      if (next === undefined) return;
      const segments = next.name.slice(nameOf(parent.database, []).length + 1).split('/');
      const id = segments[depth];
      if (id === undefined) return;
      yield id;
      fromKey = endOfPrefix(sortKey(parent.database, segments.slice(0, depth + 1)));
    }
  }

  /**
   * Writes the outcome of one commit into the open group; `durable` tells when it may be acknowledged.
   * States must differ from what is stored.
   */
  apply(states: readonly DocumentState[], commitMicros: Micros): void {
    const changes: DocumentChange[] = [];
    this.#group.write(() => {
      for (const state of states) changes.push(this.#write(state, commitMicros));
      if (this.#pruneIsDue) this.#prune(commitMicros);
    });
    if (changes.length === 0) return;
    this.#revision++;
    if (this.#unpublished === 0) this.#settledMicros = commitMicros - 1;
    this.#unpublished++;
    this.durable().then(
      () => {
        this.#unpublished--;
        this.#settledMicros = commitMicros;
        this.feed.publish({ commitMicros, changes });
      },
      () => {
        this.#unpublished--;
      },
    );
  }

  /** All documents, or those of one database, in the order of their names. */
  *documents(database?: string): Generator<StoredDocument> {
    const prefix = database === undefined ? undefined : sortKey(database, []);
    const [where, values] =
      prefix === undefined ? ['TRUE', []] : ['key >= ? AND key < ?', [prefix, endOfPrefix(prefix)]];
    for (const row of this.#presentRows(where, values)) yield this.#presentDocument(row);
  }

  /**
   * Deletes every document in one commit, whatever transactions have locked.
   * @param database only of this database
   * @returns the number of documents
   */
  clear(database?: string): number {
    const rows = this.#prepare('SELECT name FROM documents').all() as unknown as Pick<Row, 'name'>[];
    const names = rows.filter(({ name }) => database === undefined || name.startsWith(`${database}/`));
    const states = names.map(({ name }) => ({ name: parseDocumentName(name), fields: undefined }));
    if (states.length > 0) this.apply(states, this.clock.next());
    return states.length;
  }

  /**
   * Resolves once all that was applied so far is on the disk. Reads wait for it too: otherwise they could show
   * what a crash then takes back.
   * @throws {FirestoreError} UNAVAILABLE if it could not be written
   */
  durable(): Promise<void> {
    return this.#group.committed();
  }

  /** Writes what is pending and closes the file. */
  close(): void {
    this.#group.commit();
    this.#database.close();
  }

  #write(state: DocumentState, commitMicros: Micros): DocumentChange {
    const { name, fields } = state;
    const before = this.get(name);
    const key = sortKey(name.database, name.segments);
    const group = groupOf(name.database, collectionIdOf(name));
    if (before !== undefined) {
      this.#prepare(
        `INSERT INTO versions (key, name, collection, collection_group, created, updated, ended, data)
         SELECT key, name, collection, collection_group, created, updated, ?, data FROM documents WHERE key = ?`,
      ).run(commitMicros, key);
      if (this.#retention.add(commitMicros, before.dataBytes)) this.#pruneIsDue = true;
    }
    if (fields === undefined) {
      this.#prepare('DELETE FROM documents WHERE key = ?').run(key);
      this.#cache.delete(name.name);
      this.#indexes.changed(group, before, undefined);
      return { name: name.name, before, after: undefined };
    }
    const data = encodeDocument({ fields: encodeFields(fields) });
    const after: StoredDocument = {
      name: name.name,
      fields,
      createMicros: before?.createMicros ?? commitMicros,
      updateMicros: commitMicros,
      dataBytes: data.length,
    };
    this.#prepare(
      `INSERT INTO documents (key, name, collection, collection_group, created, updated, data)
       VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO UPDATE SET updated = excluded.updated, data = excluded.data`,
    ).run(key, name.name, collectionOf(name), group, after.createMicros, after.updateMicros, data);
    this.#cache.set(after);
    this.#indexes.changed(group, before, after);
    return { name: name.name, before, after };
  }

  #prune(nowMicros: Micros): void {
    this.#pruneIsDue = false;
    const cutoff = this.#retention.cutoff(nowMicros);
    this.#prepare('DELETE FROM versions WHERE ended <= ?').run(cutoff);
    this.#oldestReadableMicros = Math.max(this.#oldestReadableMicros, cutoff);
    this.#writeTime('oldest_readable', this.#oldestReadableMicros);
  }

  *#merge(present: Iterable<PresentRow>, past: readonly Row[], atMicros: Micros): Generator<StoredDocument> {
    let next = 0;
    for (const row of present) {
      for (
        let old = past[next];
        old !== undefined && Buffer.compare(old.key, row.key) <= 0;
        old = past[next]
      ) {
        next++;
        yield this.#documentOf(old, false);
      }
      // Newer than the snapshot: what it was then, if anything, came from the old versions.
      if (row.updated <= atMicros) yield this.#presentDocument(row);
    }
    for (const old of past.slice(next)) yield this.#documentOf(old, false);
  }

  /** What was there at a time and is not there now. */
  #pastRows(where: string, values: SQLInputValue[], atMicros: Micros): Row[] {
    return this.#prepare(
      `SELECT key, name, created, updated, data FROM versions
       WHERE ended > ? AND updated <= ? AND ${where} ORDER BY key`,
    ).all(atMicros, atMicros, ...values) as unknown as Row[];
  }

  /** The values of a field in the present documents of a group, in the order of the documents' names. */
  *#entriesOf(group: string, path: FieldPath): Generator<IndexEntry> {
    const [first = ''] = path;
    const rows = this.#prepare(
      'SELECT name, data FROM documents WHERE collection_group = ? ORDER BY key',
    ).iterate(group) as Iterable<Pick<Row, 'name' | 'data'>>;
    for (const { name, data } of rows) {
      const field = decodeDocumentField(data, first);
      const value = field && getField(decodeFields({ [first]: field }), path);
      if (value !== undefined) yield { value, name };
    }
  }

  *#presentRows(where: string, values: SQLInputValue[]): Generator<PresentRow> {
    // In pages rather than with an open cursor: a scan may be left in the middle.
    const statement = this.#prepare(
      `SELECT rowid, key, name, updated FROM documents WHERE ${where} AND key > ? ORDER BY key LIMIT ?`,
    );
    let after: Uint8Array = new Uint8Array(0);
    for (let pageSize = 16; ; pageSize = Math.min(pageSize * 4, 4_096)) {
      const rows = statement.all(...values, after, pageSize) as unknown as PresentRow[];
      yield* rows;
      const last = rows.at(-1);
      if (last === undefined || rows.length < pageSize) return;
      after = last.key;
    }
  }

  #presentDocument(row: PresentRow): StoredDocument {
    const cached = this.#cache.get(row.name);
    if (cached !== undefined) return cached;
    const whole = this.#prepare(
      'SELECT key, name, created, updated, data FROM documents WHERE rowid = ?',
    ).get(row.rowid) as unknown as Row;
    return this.#documentOf(whole, true);
  }

  #documentOf(row: Row, isPresent: boolean): StoredDocument {
    const document = {
      name: row.name,
      fields: decodeFields(decodeDocument(row.data).fields),
      createMicros: row.created,
      updateMicros: row.updated,
      dataBytes: row.data.length,
    };
    if (isPresent) this.#cache.set(document);
    return document;
  }

  #readTime(name: string): Micros {
    const row = this.#prepare('SELECT micros FROM times WHERE name = ?').get(name) as { micros: number };
    return row.micros;
  }

  #writeTime(name: string, micros: Micros): void {
    this.#prepare('UPDATE times SET micros = ? WHERE name = ?').run(micros, name);
  }

  #prepare(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const statement = this.#database.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }
}

interface PresentRow {
  rowid: number;
  key: Uint8Array;
  name: string;
  updated: number;
}

function unavailable(error: unknown): FirestoreError {
  const reason = error instanceof Error ? error.message : String(error);
  return new FirestoreError(GrpcStatus.UNAVAILABLE, `The data could not be written to the disk: ${reason}`, {
    cause: error,
  });
}

function groupOf(database: string, collectionId: string): string {
  return `${database}/${collectionId}`;
}

/** The SQL condition of a scope. The set of possible texts is small, so statements are prepared once. */
function scanCondition(scope: ScanScope): { where: string; values: SQLInputValue[] } {
  const { parent, collectionId, allDescendants, fromKey, toKey } = scope;
  const prefix = sortKey(parent.database, parent.segments);
  const conditions: string[] = [];
  const values: SQLInputValue[] = [];
  if (collectionId !== undefined && !allDescendants) {
    conditions.push('collection = ?');
    values.push(`${nameOf(parent.database, parent.segments)}/${collectionId}`);
  } else {
    if (collectionId !== undefined) {
      conditions.push('collection_group = ?');
      values.push(groupOf(parent.database, collectionId));
    }
    // What lies under a document has its key as a prefix; the document itself isn't under itself.
    conditions.push('key > ?', 'key < ?');
    values.push(prefix, endOfPrefix(prefix));
  }
  if (fromKey !== undefined) {
    conditions.push('key >= ?');
    values.push(fromKey);
  }
  if (toKey !== undefined) {
    conditions.push('key < ?');
    values.push(toKey);
  }
  return { where: conditions.join(' AND '), values };
}
