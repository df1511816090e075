import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import { type Clock, DatabaseFiles, DatabaseGoneError, GroupCommit, GrpcStatus } from '@waybill/emulator-kit';
import { FirestoreError } from '../firestore-error.ts';
import { encodeDocument } from '../protocol/firestore-service.ts';
import { encodeFields } from '../values/encode-value.ts';
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
import type { FieldIndex } from './field-index.ts';
import { FieldIndexes, type IndexedPage, type IndexSpec } from './field-indexes.ts';
import { collectionScope, groupScope } from './index-scope.ts';
import {
  type DocumentRow,
  mergeByKey,
  PastVersions,
  type PresentPage,
  type PresentRow,
} from './past-versions.ts';
import type { Steps } from './steps.ts';
import { EncodedDocument, type StoredDocument } from './stored-document.ts';
import { VersionRetention } from './version-retention.ts';

/** Old versions are kept this long, as the real service does without point-in-time recovery. */
export const VERSION_RETENTION_MICROS = 60 * 60 * 1_000_000;
const MAX_VERSIONS = 100_000;
const MAX_VERSION_BYTES = 256 * 1024 * 1024;
const CACHE_BYTES = 64 * 1024 * 1024;
/** Documents that are read at once: a scan may be left in the middle, so the first page is small. */
const FIRST_PAGE = 16;
const MAX_PAGE = 256;
const INDEXED_PAGE = 128;
const NO_DATA = new Uint8Array(0);

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

/** Documents in SQLite: one process, one writer, every acknowledged commit on the disk. */
export class DocumentStore {
  readonly clock: CommitClock;
  readonly feed = new CommitFeed();
  readonly #database: DatabaseSync;
  readonly #files: DatabaseFiles;
  readonly #group: GroupCommit;
  readonly #cache = new DocumentCache(CACHE_BYTES);
  readonly #indexes = new FieldIndexes((spec) => this.#indexedPages(spec));
  readonly #statements = new Map<string, StatementSync>();
  readonly #retention = new VersionRetention({
    maxAgeMicros: VERSION_RETENTION_MICROS,
    maxVersions: MAX_VERSIONS,
    maxBytes: MAX_VERSION_BYTES,
  });
  #oldestReadableMicros: Micros;
  #pruneIsDue = false;
  /** The time of the latest commit that was applied. */
  #lastChangeMicros: Micros;
  /** Times that reads go on with: versions of then are kept. */
  readonly #pins = new Set<{ readonly atMicros: Micros }>();
  #documentsRead = 0;
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
    this.#lastChangeMicros = this.clock.lastMicros;
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

  /** How many documents were handed out so far, to queries and to who knows their names. */
  get documentsRead(): number {
    return this.#documentsRead;
  }

  /** Whether the data of a time is the data of now. */
  isPresent(atMicros: Micros): boolean {
    return this.#lastChangeMicros <= atMicros;
  }

  /** Keeps old versions readable at a time until the returned function is called. */
  pin(atMicros: Micros): () => void {
    const pin = { atMicros };
    this.#pins.add(pin);
    return () => this.#pins.delete(pin);
  }

  /** The document as it is now. */
  get(name: DocumentName): StoredDocument | undefined {
    const document = this.#present(name);
    return document === undefined ? undefined : this.#handedOut(document);
  }

  /** The document as it was at a time not before `oldestReadableMicros`. */
  getAt(name: DocumentName, atMicros: Micros): StoredDocument | undefined {
    const document = this.#getAt(name, atMicros, atMicros);
    return document === undefined ? undefined : this.#handedOut(document);
  }

  /** Goes through the documents in a scope in the order of their names, as they were at a time. Others may write meanwhile. */
  *scan(scope: ScanScope, atMicros: Micros): Generator<StoredDocument> {
    const { where, values } = scanCondition(scope);
    const past = new PastVersions((sinceMicros) => this.#pastRows(where, values, atMicros, sinceMicros));
    for (const page of this.#presentPages(where, values)) {
      const pageMicros = this.#lastChangeMicros;
      const older = past.upTo(page.toKey, Math.max(pageMicros, atMicros), atMicros);
      for (const row of mergeByKey(page.rows, older)) {
        // A row that is newer than the time has its version of then among the old ones.
        if ('data' in row) yield this.#handedOut(this.#documentOf(row, false));
        else if (row.updated <= atMicros) {
          const document = this.#rowAt(row, atMicros, pageMicros);
          if (document !== undefined) yield this.#handedOut(document);
        }
      }
    }
  }

  /** An index over the present documents of a scope; made when first asked for. */
  fieldIndex(spec: IndexSpec): FieldIndex {
    return this.#indexes.get(spec);
  }

  /** Makes an index in parts, unless it is there. */
  prepareIndex(spec: IndexSpec): Steps<void> {
    return this.#indexes.prepare(spec);
  }

  /**
   * Documents that an index names now, as they were at a time, in that order: those that have not changed from then until
   * now. The others are `changedSince`. Others may write while this goes on.
   */
  lookUp(names: Iterable<string>, atMicros: Micros): Iterable<StoredDocument> {
    return this.#lookUpAll(names, atMicros, Math.max(this.#lastChangeMicros, atMicros));
  }

  /** Documents in a scope that have changed from a time until now, as they were then, by name. */
  changedSince(scope: ScanScope, atMicros: Micros): Iterable<StoredDocument> {
    if (this.isPresent(atMicros)) return [];
    const { where, values } = scanCondition(scope);
    return this.#pastDocuments(this.#pastRows(where, values, atMicros, atMicros));
  }

  /** The ids of the collections directly below a document or the root, in order, also where only nested ones hold documents. */
  *collectionIds(parent: ParentName, atMicros: Micros): Generator<string> {
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
    this.#lastChangeMicros = commitMicros;
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
    for (const { name } of this.#names(database)) {
      const document = this.#present(parseDocumentName(name));
      if (document !== undefined) yield document;
    }
  }

  /**
   * Deletes every document in one commit, whatever transactions have locked.
   * @param database only of this database
   * @returns the number of documents
   */
  clear(database?: string): number {
    const states = this.#names(database).map(({ name }) => ({
      name: parseDocumentName(name),
      fields: undefined,
    }));
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

  #names(database: string | undefined): Pick<DocumentRow, 'name'>[] {
    const rows = this.#prepare('SELECT name FROM documents ORDER BY key').all() as unknown as Pick<
      DocumentRow,
      'name'
    >[];
    return rows.filter(({ name }) => database === undefined || name.startsWith(`${database}/`));
  }

  #write(state: DocumentState, commitMicros: Micros): DocumentChange {
    const { name, fields } = state;
    const before = this.#present(name);
    const key = sortKey(name.database, name.segments);
    const scopes = [
      collectionScope(collectionOf(name)),
      groupScope(name.database, collectionIdOf(name)),
    ] as const;
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
      this.#indexes.changed({ key, scopes, before, after: undefined });
      return { name: name.name, before, after: undefined };
    }
    const data = encodeDocument({ fields: encodeFields(fields) });
    const after = new EncodedDocument({
      name: name.name,
      data,
      fields,
      createMicros: before?.createMicros ?? commitMicros,
      updateMicros: commitMicros,
    });
    this.#prepare(
      `INSERT INTO documents (key, name, collection, collection_group, created, updated, data)
       VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO UPDATE SET updated = excluded.updated, data = excluded.data`,
    ).run(key, name.name, scopes[0].key, scopes[1].key, after.createMicros, after.updateMicros, data);
    this.#cache.set(after);
    this.#indexes.changed({ key, scopes, before, after });
    return { name: name.name, before, after };
  }

  #prune(nowMicros: Micros): void {
    this.#pruneIsDue = false;
    const pinnedMicros = [...this.#pins].map(({ atMicros }) => atMicros);
    const cutoff = Math.min(this.#retention.cutoff(nowMicros), ...pinnedMicros);
    this.#prepare('DELETE FROM versions WHERE ended <= ?').run(cutoff);
    this.#oldestReadableMicros = Math.max(this.#oldestReadableMicros, cutoff);
    this.#writeTime('oldest_readable', this.#oldestReadableMicros);
  }

  /** Documents that ended after `sinceMicros` and were there at a time. */
  #pastRows(where: string, values: SQLInputValue[], atMicros: Micros, sinceMicros: Micros): DocumentRow[] {
    return this.#prepare(
      `SELECT key, name, created, updated, data FROM versions
       WHERE ended > ? AND updated <= ? AND ${where} ORDER BY key`,
    ).all(sinceMicros, atMicros, ...values) as unknown as DocumentRow[];
  }

  *#lookUpAll(names: Iterable<string>, atMicros: Micros, sinceMicros: Micros): Generator<StoredDocument> {
    for (const name of names) {
      const cached = this.#cache.get(name);
      const document =
        cached !== undefined && cached.updateMicros <= atMicros
          ? cached
          : this.#getAt(parseDocumentName(name), atMicros, sinceMicros);
      if (document !== undefined) yield this.#handedOut(document);
    }
  }

  *#pastDocuments(rows: readonly DocumentRow[]): Generator<StoredDocument> {
    for (const row of rows) yield this.#handedOut(this.#documentOf(row, false));
  }

  #present(name: DocumentName): StoredDocument | undefined {
    const cached = this.#cache.get(name.name);
    if (cached !== undefined) return cached;
    const row = this.#prepare('SELECT key, name, created, updated, data FROM documents WHERE key = ?').get(
      sortKey(name.database, name.segments),
    ) as DocumentRow | undefined;
    return row === undefined ? undefined : this.#documentOf(row, true);
  }

  /** A document as it was at a time, unless it has changed between that and `sinceMicros`. */
  #getAt(name: DocumentName, atMicros: Micros, sinceMicros: Micros): StoredDocument | undefined {
    const present = this.#present(name);
    if (present !== undefined && present.updateMicros <= atMicros) return present;
    if (this.isPresent(sinceMicros)) return undefined;
    const row = this.#prepare(
      'SELECT key, name, created, updated, data FROM versions WHERE ended > ? AND updated <= ? AND key = ?',
    ).get(sinceMicros, atMicros, sortKey(name.database, name.segments)) as DocumentRow | undefined;
    return row === undefined ? undefined : this.#documentOf(row, false);
  }

  /** The present documents of an index's scope, with the fields that it takes its values from. */
  *#indexedPages({ scope, part }: IndexSpec): Generator<IndexedPage> {
    const [first] = part.kind === 'names' ? [] : part.path;
    const statement = this.#prepare(
      `SELECT key, name${first === undefined ? '' : ', data'} FROM documents
       WHERE ${SCOPE_COLUMNS[scope.kind]} = ? AND key > ? ORDER BY key LIMIT ?`,
    );
    let after: Uint8Array = new Uint8Array(0);
    for (;;) {
      const rows = statement.all(scope.key, after, INDEXED_PAGE) as unknown as Pick<
        DocumentRow,
        'key' | 'name' | 'data'
      >[];
      const documents = rows.map(({ key, name, data = NO_DATA }) => ({
        key,
        document: new EncodedDocument({ name, data, createMicros: 0, updateMicros: 0 }),
      }));
      const last = rows.at(-1);
      const isLast = last === undefined || rows.length < INDEXED_PAGE;
      yield { documents, isLast };
      if (isLast) return;
      after = last.key;
    }
  }

  /** The present documents of a scope without their data, each page as it is when it is asked for. */
  *#presentPages(where: string, values: SQLInputValue[]): Generator<PresentPage> {
    // In pages rather than with an open cursor: a scan may be left in the middle, and others may write meanwhile.
    const statement = this.#prepare(
      `SELECT rowid, key, name, updated FROM documents WHERE ${where} AND key > ? ORDER BY key LIMIT ?`,
    );
    let after: Uint8Array = new Uint8Array(0);
    for (let pageSize = FIRST_PAGE; ; pageSize = Math.min(pageSize * 4, MAX_PAGE)) {
      const rows = statement.all(...values, after, pageSize) as unknown as PresentRow[];
      const last = rows.length < pageSize ? undefined : rows.at(-1);
      yield { rows, toKey: last?.key };
      if (last === undefined) return;
      after = last.key;
    }
  }

  /** The document of a row that was read when the last commit was that of `pageMicros`, as it was at a time. */
  #rowAt(row: PresentRow, atMicros: Micros, pageMicros: Micros): StoredDocument | undefined {
    if (this.#lastChangeMicros !== pageMicros) {
      return this.#getAt(parseDocumentName(row.name), atMicros, Math.max(pageMicros, atMicros));
    }
    const cached = this.#cache.get(row.name);
    if (cached !== undefined) return cached;
    const whole = this.#prepare(
      'SELECT key, name, created, updated, data FROM documents WHERE rowid = ?',
    ).get(row.rowid) as unknown as DocumentRow;
    return this.#documentOf(whole, true);
  }

  #handedOut(document: StoredDocument): StoredDocument {
    this.#documentsRead++;
    return document;
  }

  #documentOf(row: DocumentRow, isPresent: boolean): EncodedDocument {
    const document = new EncodedDocument({
      name: row.name,
      // A copy in a pool: SQLite's own takes a block of memory for each.
      data: Buffer.from(row.data),
      createMicros: row.created,
      updateMicros: row.updated,
    });
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

const SCOPE_COLUMNS = { collection: 'collection', group: 'collection_group' } as const;

function unavailable(error: unknown): FirestoreError {
  const reason = error instanceof Error ? error.message : String(error);
  return new FirestoreError(GrpcStatus.UNAVAILABLE, `The data could not be written to the disk: ${reason}`, {
    cause: error,
  });
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
      values.push(groupScope(parent.database, collectionId).key);
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
