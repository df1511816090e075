import { randomBytes } from 'node:crypto';
import { type FirestoreError, invalidArgument } from '../firestore-error.ts';
import type { Micros } from '../values/timestamp.ts';
import type { AbortedError } from './aborted-error.ts';
import type { Transaction } from './transaction.ts';

/** How long transactions may live. In the machine's time: an emulator's clock may jump a day. */
export interface TransactionLimits {
  /** Between two calls. Source: Firestore's quotas page, 60 seconds. */
  readonly idleMs: number;
  /** In all. Source: the same, 270 seconds. */
  readonly totalMs: number;
  /**
   * After the end of the connection that it was last used on. Not at once: the client drops spare connections
   * after a burst, and goes on with the transaction on another one.
   */
  readonly orphanedMs: number;
}

interface Entry {
  readonly transaction: Transaction;
  readonly openedAtMs: number;
  connection: string | undefined;
  orphaned: boolean;
  callsInProgress: number;
  timer: NodeJS.Timeout | undefined;
}

/** A transaction that ended without a commit. */
interface EndedTransaction {
  readonly age: number | undefined;
  readonly isRerunDecided: boolean;
  /** Set if another one ended it between two of its calls: the response to its next call. */
  readonly error: AbortedError | undefined;
}

const ID_BYTES = 16;
const MAX_REMEMBERED = 10_000;
const KNOWN_ID = /^[0-9a-f]{32}$/;

/** The open transactions: their ids, their calls in order, and their end by commit, rollback or neglect. */
export class TransactionRegistry {
  readonly #entries = new Map<string, Entry>();
  readonly #limits: TransactionLimits;
  readonly #onClose: (transaction: Transaction) => void;
  /** Transactions that ended without a commit, by their ids: the client may run them again. */
  readonly #ended = new Map<string, EndedTransaction>();

  /** @param onClose gives back what the transaction holds */
  constructor(limits: TransactionLimits, onClose: (transaction: Transaction) => void) {
    this.#limits = limits;
    this.#onClose = onClose;
  }

  /** How many are open. */
  get size(): number {
    return this.#entries.size;
  }

  /**
   * Opens a transaction; with a snapshot it is read-only.
   * @param options.retryOf the id of the failed one that this runs again: it keeps its age, so that it doesn't give
   *   way forever
   * @throws {FirestoreError} INVALID_ARGUMENT if that is no id
   */
  begin(options: {
    database: string;
    snapshotMicros: Micros | undefined;
    connection: string | undefined;
    retryOf?: Uint8Array | undefined;
  }): Transaction {
    const { retryOf } = options;
    const earlierTry = retryOf === undefined ? undefined : this.#ended.get(checkedId(retryOf));
    const transaction: Transaction = {
      id: randomBytes(ID_BYTES).toString('hex'),
      database: options.database,
      snapshotMicros: options.snapshotMicros,
      age: earlierTry?.age,
      startsOver: false,
      preempt: (error) => this.#end(transaction, error),
      remembered: [],
      hasRead: false,
      isRerunDecided: earlierTry?.isRerunDecided ?? false,
      tail: Promise.resolve(),
    };
    const entry: Entry = {
      transaction,
      openedAtMs: performance.now(),
      connection: options.connection,
      orphaned: false,
      callsInProgress: 0,
      timer: undefined,
    };
    this.#entries.set(transaction.id, entry);
    this.#arm(entry);
    return transaction;
  }

  /**
   * Runs one call of a transaction, after those that came before it.
   * @throws {FirestoreError} INVALID_ARGUMENT if it has ended; the client's transactions then run again
   */
  async use<T>(
    idBytes: Uint8Array,
    database: string,
    connection: string | undefined,
    run: (transaction: Transaction) => Promise<T>,
  ): Promise<T> {
    const entry = this.#find(idBytes, database);
    entry.connection = connection;
    entry.orphaned = false;
    entry.callsInProgress++;
    clearTimeout(entry.timer);
    const { transaction } = entry;
    const result = transaction.tail.then(() => {
      if (!this.isOpen(transaction)) throw this.errorOf(transaction) ?? expired();
      return run(transaction);
    });
    transaction.tail = result.catch(() => {});
    try {
      return await result;
    } finally {
      entry.callsInProgress--;
      if (entry.callsInProgress === 0 && this.isOpen(transaction)) this.#arm(entry);
    }
  }

  isOpen(transaction: Transaction): boolean {
    return this.#entries.has(transaction.id);
  }

  /** The error of a transaction that another one ended. */
  errorOf(transaction: Transaction): AbortedError | undefined {
    return this.#ended.get(transaction.id)?.error;
  }

  /** Ends a transaction without a commit. Does nothing if it has ended. */
  end(transaction: Transaction): void {
    this.#end(transaction, undefined);
  }

  /** Ends a transaction that is not to run again. Does nothing if it has ended. */
  committed(transaction: Transaction): void {
    const entry = this.#entries.get(transaction.id);
    if (entry === undefined) return;
    clearTimeout(entry.timer);
    this.#entries.delete(transaction.id);
    this.#onClose(transaction);
  }

  /**
   * Ends a transaction at the client's wish. One that has ended already is no error.
   * @throws {FirestoreError} INVALID_ARGUMENT if the id is none
   */
  rollback(idBytes: Uint8Array): void {
    const entry = this.#entries.get(checkedId(idBytes));
    if (entry !== undefined) this.end(entry.transaction);
  }

  /** Ends soon what was last used on a connection that is gone. */
  connectionClosed(connection: string): void {
    for (const entry of this.#entries.values()) {
      if (entry.connection !== connection) continue;
      entry.orphaned = true;
      if (entry.callsInProgress === 0) this.#arm(entry);
    }
  }

  /**
   * Ends all read-write transactions, whose reads hold no longer. Each gets the error at its next call.
   * @param database only those of this database
   */
  abortAll(error: AbortedError, database: string | undefined): void {
    for (const { transaction } of [...this.#entries.values()]) {
      const isMeant = database === undefined || transaction.database === database;
      if (isMeant && transaction.snapshotMicros === undefined) this.#end(transaction, error);
    }
  }

  /** Ends all. */
  close(): void {
    for (const entry of [...this.#entries.values()]) this.end(entry.transaction);
  }

  #end(transaction: Transaction, error: AbortedError | undefined): void {
    if (!this.isOpen(transaction)) return;
    this.#remember(transaction, error);
    this.committed(transaction);
  }

  #find(idBytes: Uint8Array, database: string): Entry {
    const id = checkedId(idBytes);
    const entry = this.#entries.get(id);
    if (entry === undefined) throw this.#ended.get(id)?.error ?? expired();
    if (entry.transaction.database !== database) {
      throw invalidArgument(`The transaction belongs to another database than the request's, "${database}"`);
    }
    return entry;
  }

  #remember(transaction: Transaction, error: AbortedError | undefined): void {
    const { id, age, isRerunDecided, snapshotMicros } = transaction;
    if (snapshotMicros !== undefined) return;
    this.#ended.set(id, { age, isRerunDecided, error });
    if (this.#ended.size <= MAX_REMEMBERED) return;
    const [oldest] = this.#ended.keys();
    if (oldest !== undefined) this.#ended.delete(oldest);
  }

  #arm(entry: Entry): void {
    const { idleMs, totalMs, orphanedMs } = this.#limits;
    const leftMs = entry.openedAtMs + totalMs - performance.now();
    clearTimeout(entry.timer);
    entry.timer = setTimeout(
      () => this.end(entry.transaction),
      Math.max(0, Math.min(leftMs, entry.orphaned ? orphanedMs : idleMs)),
    );
  }
}

/**
 * Checks that bytes could be a transaction's id.
 * @throws {FirestoreError} INVALID_ARGUMENT
 */
function checkedId(idBytes: Uint8Array): string {
  const id = Buffer.from(idBytes).toString('hex');
  if (!KNOWN_ID.test(id)) throw invalidArgument('Invalid transaction.');
  return id;
}

/** The client runs a transaction again if the text says "transaction has expired". */
function expired(): FirestoreError {
  return invalidArgument('The referenced transaction has expired or is no longer valid.');
}
