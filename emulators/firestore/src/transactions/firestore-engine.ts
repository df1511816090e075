import { setImmediate as nextTurn } from 'node:timers/promises';
import { FirestoreError, failedPrecondition, invalidArgument } from '../firestore-error.ts';
import type { IndexRules } from '../indexes/index-rules.ts';
import type { Query } from '../queries/query.ts';
import { type DocumentStore, VERSION_RETENTION_MICROS } from '../store/document-store.ts';
import { presentView, type ReadView, snapshotView } from '../store/read-view.ts';
import { PausableRead, resultNow } from '../store/steps.ts';
import type { UsageMeter } from '../usage/usage-meter.ts';
import { compareNames } from '../values/compare-values.ts';
import { collectionIdOfName } from '../values/resource-name.ts';
import type { Micros } from '../values/timestamp.ts';
import { AbortedError } from './aborted-error.ts';
import { applyWrites, type CommitResult } from './apply-writes.ts';
import type { Write } from './decode-write.ts';
import { type LockMode, type LockOwner, LockTable } from './lock-table.ts';
import { ReadTurns } from './read-turns.ts';
import { RerunPlan } from './rerun-plan.ts';
import { realTimers, type Timers } from './timers.ts';
import type { Transaction } from './transaction.ts';
import { type TransactionLimits, TransactionRegistry } from './transaction-registry.ts';

/** Which data a read wants. */
export type Consistency =
  | { readonly kind: 'strong' }
  | { readonly kind: 'readTime'; readonly micros: Micros }
  | { readonly kind: 'transaction'; readonly id: Uint8Array }
  | { readonly kind: 'newTransaction'; readonly options: TransactionOptions };

export type TransactionOptions =
  | { readonly kind: 'readOnly'; readonly readMicros: Micros | undefined }
  | { readonly kind: 'readWrite'; readonly retryOf: Uint8Array | undefined };

/** The call that something is done for. */
export interface CallContext {
  readonly database: string;
  /** The connection's remote end, by which the end of the connection is told. */
  readonly connection: string | undefined;
  /** Fires when the client gives the call up. */
  readonly signal: AbortSignal;
}

/** A read that names its documents: a transaction locks them first, shared. */
export interface DocumentsRead<T> {
  readonly kind: 'documents';
  readonly names: readonly string[];
  run(view: ReadView): T;
  /** How many document reads the result is billed as. */
  billedReads(result: T): number;
}

/** A read that finds its documents: a transaction locks what it found, and its commit checks that it finds the same. */
export interface QueryRead<T> {
  readonly kind: 'query';
  /** At once, or in parts between which other calls run. */
  run(view: ReadView): T | PausableRead<T>;
  foundNames(result: T): readonly string[];
  /** The collection that it looks at; undefined for all. */
  readonly collectionId: string | undefined;
  /** Equal for equal results. */
  fingerprint(result: T): string;
  /** How many document reads the result is billed as. */
  billedReads(result: T): number;
}

/** A read's result. */
export interface ReadResult<T> {
  readonly result: T;
  readonly readMicros: Micros;
  /** Set if the read began a transaction. */
  readonly newTransaction: Uint8Array | undefined;
}

export interface EngineLimits extends TransactionLimits {
  /** How long a call waits for locks of others before ABORTED. */
  readonly lockWaitMs: number;
}

/** Parts of an engine that tests replace. */
export interface EngineOptions {
  /** Default: no transaction is aborted without contention. */
  readonly reruns?: RerunPlan;
  /** Default: every query is served. */
  readonly indexes?: IndexRules | undefined;
  /** Measure how long a call waits for locks. Default: this process's. */
  readonly timers?: Timers;
  /** Runs long reads. Default: turns of its own. */
  readonly turns?: ReadTurns;
}

/** A commit in the store, and the promise that it is on the disk. */
interface Applied {
  readonly result: CommitResult;
  readonly durable: Promise<void>;
}

const MAX_QUERY_RUNS = 10;
const TURNS_UNTIL_SENT = 2;

/**
 * Reads, commits and transactions over a store. Serializable, as the real service's pessimistic mode: a read-write
 * transaction holds shared locks on what it has read, and its commit makes those on what it writes exclusive. Its queries
 * are run again at its commit. Commits outside of transactions take exclusive locks for a moment.
 */
export class FirestoreEngine {
  readonly store: DocumentStore;
  readonly #locks: LockTable;
  readonly #transactions: TransactionRegistry;
  readonly #usage: UsageMeter;
  readonly #reruns: RerunPlan;
  readonly #indexes: IndexRules | undefined;
  readonly #turns: ReadTurns;

  constructor(store: DocumentStore, limits: EngineLimits, usage: UsageMeter, options: EngineOptions = {}) {
    this.store = store;
    this.#usage = usage;
    this.#reruns = options.reruns ?? new RerunPlan(undefined);
    this.#indexes = options.indexes;
    this.#turns = options.turns ?? new ReadTurns(() => performance.now());
    this.#locks = new LockTable({ maxWaitMs: limits.lockWaitMs, timers: options.timers ?? realTimers });
    this.#transactions = new TransactionRegistry(limits, (transaction) => this.#locks.release(transaction));
  }

  /** Open transactions, locked documents, and calls that wait for locks: all 0 once all clients are done. */
  get openWork(): { transactions: number; locks: number; lockWaits: number } {
    return {
      transactions: this.#transactions.size,
      locks: this.#locks.size,
      lockWaits: this.#locks.waiting,
    };
  }

  /** @throws {FirestoreError} FAILED_PRECONDITION if indexes are declared and none serves the query */
  checkIndexes(query: Query): void {
    this.#indexes?.check(query);
  }

  /**
   * Opens a transaction.
   * @throws {FirestoreError} INVALID_ARGUMENT or FAILED_PRECONDITION for a read time that can't be read at
   */
  begin(context: CallContext, options: TransactionOptions): Uint8Array {
    return idBytes(this.#begin(context, options));
  }

  /** Ends a transaction without its writes; one that has ended is no error. */
  rollback(id: Uint8Array): void {
    this.#transactions.rollback(id);
  }

  /** To be told of each connection that ended: its transactions must not hold locks for long. */
  connectionClosed(connection: string): void {
    this.#transactions.connectionClosed(connection);
  }

  /** Runs a read on the data that is wanted, and answers once what it saw is on the disk. */
  async read<T>(
    context: CallContext,
    consistency: Consistency,
    read: DocumentsRead<T> | QueryRead<T>,
  ): Promise<ReadResult<T>> {
    const outcome = await this.#countAborted(() => this.#read(context, consistency, read));
    this.#usage.read(read.billedReads(outcome.result));
    return outcome;
  }

  async #read<T>(
    context: CallContext,
    consistency: Consistency,
    read: DocumentsRead<T> | QueryRead<T>,
  ): Promise<ReadResult<T>> {
    if (consistency.kind === 'strong') return this.#readView(context, presentView(this.store), read);
    if (consistency.kind === 'readTime')
      return this.#readView(context, this.#snapshot(this.#checkedReadTime(consistency.micros)), read);
    if (consistency.kind === 'transaction') return this.#readIn(context, consistency.id, read);
    const transaction = this.#begin(context, consistency.options);
    const newTransaction = idBytes(transaction);
    try {
      return { ...(await this.#readIn(context, newTransaction, read)), newTransaction };
    } catch (error) {
      // The client never learns the id of a transaction whose first read failed, so it can't roll it back.
      this.#transactions.end(transaction);
      throw error;
    }
  }

  /**
   * Commits writes, all or nothing, within a transaction or outside of one; resolves once they are on the disk.
   * @throws {FirestoreError} ABORTED on contention; whatever the writes' preconditions say
   */
  async commit(
    context: CallContext,
    writes: readonly Write[],
    transactionId: Uint8Array | undefined,
  ): Promise<CommitResult> {
    const { result, durable } = await this.#countAborted(() =>
      transactionId === undefined
        ? this.#commitOutside(context, writes)
        : this.#transactions.use(transactionId, context.database, context.connection, (transaction) =>
            this.#commitIn(context, transaction, writes),
          ),
    );
    await durable;
    for (const write of writes) this.#usage.committed(write);
    return result;
  }

  /**
   * Deletes all documents in one commit, whatever transactions have locked: these are aborted.
   * @param database only of this database
   * @returns the number of documents
   */
  async clear(database?: string): Promise<number> {
    this.#transactions.abortAll(new AbortedError('dataReplaced', undefined), database);
    const count = this.store.clear(database);
    await this.store.durable();
    return count;
  }

  /** Applies writes as one commit, whatever transactions have locked: these are aborted. */
  async overwrite(writes: readonly Write[]): Promise<void> {
    this.#transactions.abortAll(new AbortedError('dataReplaced', undefined), undefined);
    await this.#apply(writes).durable;
  }

  /** Ends all transactions. */
  close(): void {
    this.#transactions.close();
  }

  #begin(context: CallContext, options: TransactionOptions): Transaction {
    const { database, connection } = context;
    if (options.kind === 'readOnly') {
      const requestedMicros = options.readMicros;
      const snapshotMicros =
        requestedMicros === undefined ? this.store.clock.next() : this.#checkedReadTime(requestedMicros);
      return this.#transactions.begin({ database, connection, snapshotMicros });
    }
    const { retryOf } = options;
    const transaction = this.#transactions.begin({
      database,
      connection,
      snapshotMicros: undefined,
      retryOf,
    });
    if (retryOf !== undefined) this.#usage.transactionRerun();
    return transaction;
  }

  async #readView<T>(
    context: CallContext,
    view: ReadView,
    read: { run(view: ReadView): T | PausableRead<T> },
  ): Promise<ReadResult<T>> {
    // Taken first: commits that follow while the read pauses do not show in it.
    const durable = this.store.durable();
    const running = this.#runInTurns(context, view, read);
    const result = running instanceof Promise ? await running : running;
    await durable;
    return { result, readMicros: view.readMicros, newTransaction: undefined };
  }

  #runInTurns<T>(
    { signal }: CallContext,
    view: ReadView,
    read: { run(view: ReadView): T | PausableRead<T> },
  ): T | Promise<T> {
    const started = read.run(view);
    if (!(started instanceof PausableRead)) return started;
    const running = this.#turns.run(started, signal);
    if (!(running instanceof Promise)) return running;
    return running.finally(this.store.pin(view.readMicros));
  }

  #readIn<T>(
    context: CallContext,
    id: Uint8Array,
    read: DocumentsRead<T> | QueryRead<T>,
  ): Promise<ReadResult<T>> {
    return this.#transactions.use(id, context.database, context.connection, async (transaction) => {
      const { snapshotMicros } = transaction;
      if (snapshotMicros !== undefined) {
        return this.#readView(context, this.#snapshot(snapshotMicros), read);
      }
      const outcome = await this.#lockedRead(context, transaction, read);
      transaction.hasRead = true;
      return outcome;
    });
  }

  async #lockedRead<T>(
    context: CallContext,
    transaction: Transaction,
    read: DocumentsRead<T> | QueryRead<T>,
  ): Promise<ReadResult<T>> {
    if (read.kind === 'query') return this.#queryIn(context, transaction, read);
    await this.#lock(transaction, read.names, 'shared', context.signal);
    return this.#readView(context, presentView(this.store), read);
  }

  async #queryIn<T>(
    context: CallContext,
    transaction: Transaction,
    read: QueryRead<T>,
  ): Promise<ReadResult<T>> {
    // Others may commit while this waits for what it found; then the query has to find anew.
    for (let runs = 1; ; runs++) {
      const { revision } = this.store;
      const view = presentView(this.store);
      const durable = this.store.durable();
      // In parts at first. If others write meanwhile it is run again, at once: else it might never be done.
      const running = runs === 1 ? this.#runInTurns(context, view, read) : resultNow(read.run(view));
      const result = running instanceof Promise ? await running : running;
      await this.#lock(transaction, read.foundNames(result), 'found', context.signal);
      if (this.store.revision !== revision && runs < MAX_QUERY_RUNS) continue;
      const fingerprint = read.fingerprint(result);
      transaction.remembered.push({
        collectionId: read.collectionId,
        revision,
        stillHolds: () => read.fingerprint(resultNow(read.run(presentView(this.store)))) === fingerprint,
      });
      await durable;
      return { result, readMicros: view.readMicros, newTransaction: undefined };
    }
  }

  async #commitOutside(context: CallContext, writes: readonly Write[]): Promise<Applied> {
    const names = namesOf(writes);
    if (this.#locks.areFree(names)) return this.#apply(writes);
    const owner: LockOwner = { age: undefined, startsOver: true };
    try {
      await this.#acquire(owner, names, 'exclusive', context.signal);
      return this.#apply(writes);
    } finally {
      this.#locks.release(owner);
    }
  }

  async #commitIn(
    context: CallContext,
    transaction: Transaction,
    writes: readonly Write[],
  ): Promise<Applied> {
    try {
      const { snapshotMicros } = transaction;
      if (snapshotMicros !== undefined) {
        if (writes.length > 0) throw invalidArgument('Cannot modify entities in a read-only transaction.');
        return { result: { commitMicros: snapshotMicros, writeResults: [] }, durable: Promise.resolve() };
      }
      if (this.#isRerunDue(transaction)) {
        throw new AbortedError('forcedRerun', collectionIdOfFirst(namesOf(writes)));
      }
      await this.#lock(transaction, namesOf(writes), 'exclusive', context.signal);
      for (const { revision, collectionId, stillHolds } of transaction.remembered) {
        if (revision !== this.store.revision && !stillHolds()) {
          throw new AbortedError('queryChanged', collectionId);
        }
      }
      const applied = this.#apply(writes);
      this.#transactions.committed(transaction);
      return applied;
    } finally {
      this.#transactions.end(transaction);
    }
  }

  /** The promise is taken at once: later it could be another group's, and this one's loss would go unseen. */
  #apply(writes: readonly Write[]): Applied {
    const result = applyWrites(this.store, writes);
    return { result, durable: this.store.durable() };
  }

  async #lock(
    transaction: Transaction,
    names: readonly string[],
    mode: LockMode,
    signal: AbortSignal,
  ): Promise<void> {
    try {
      await this.#acquire(transaction, names, mode, signal);
    } catch (error) {
      // Gives way at once, rather than when the client's rollback arrives.
      this.#transactions.end(transaction);
      throw error;
    }
    if (!this.#transactions.isOpen(transaction)) {
      // It ended while it waited; whatever it was granted since must not stay locked.
      this.#locks.release(transaction);
      throw (
        this.#transactions.errorOf(transaction) ?? new AbortedError('cancelled', collectionIdOfFirst(names))
      );
    }
  }

  async #acquire(
    owner: LockOwner,
    names: readonly string[],
    mode: LockMode,
    signal: AbortSignal,
  ): Promise<void> {
    const waited = await this.#locks.acquire(owner, inNameOrder(names), mode, signal);
    if (!waited) return;
    // The commit that this call waited for has its response first, as the real service does it. The group commit ends in
    // this turn of the event loop. In the next one the response is handed to HTTP/2, which sends what it was handed in one
    // turn in the order of the calls.
    for (let turns = 0; turns < TURNS_UNTIL_SENT; turns++) await nextTurn();
  }

  /** Decides at a transaction's first commit after a read whether to abort it, so that its function runs again. */
  #isRerunDue(transaction: Transaction): boolean {
    if (!transaction.hasRead || transaction.isRerunDecided) return false;
    transaction.isRerunDecided = true;
    return this.#reruns.next();
  }

  async #countAborted<T>(run: () => Promise<T>): Promise<T> {
    try {
      return await run();
    } catch (error) {
      if (error instanceof AbortedError) this.#usage.aborted(error);
      throw error;
    }
  }

  #snapshot(atMicros: Micros): ReadView {
    if (atMicros < this.store.oldestReadableMicros) throw tooOld();
    return snapshotView(this.store, atMicros);
  }

  #checkedReadTime(atMicros: Micros): Micros {
    const now = this.store.clock.next();
    if (atMicros > now) throw invalidArgument("The requested 'read_time' cannot be in the future.");
    if (atMicros < Math.max(now - VERSION_RETENTION_MICROS, this.store.oldestReadableMicros)) throw tooOld();
    return atMicros;
  }
}

function tooOld(): FirestoreError {
  return failedPrecondition("The requested 'read_time' is too old.");
}

function namesOf(writes: readonly Write[]): string[] {
  return writes.map(({ name }) => name.name);
}

function collectionIdOfFirst([name]: readonly string[]): string | undefined {
  return name === undefined ? undefined : collectionIdOfName(name);
}

function inNameOrder(names: readonly string[]): readonly string[] {
  return names.length < 2 ? names : [...new Set(names)].sort(compareNames);
}

function idBytes(transaction: Transaction): Uint8Array {
  return Buffer.from(transaction.id, 'hex');
}

/** What to answer for an error of any kind. */
export function asFirestoreError(error: unknown): FirestoreError {
  if (error instanceof FirestoreError) return error;
  const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return new FirestoreError(13, `The emulator failed: ${reason}`, { cause: error });
}
