import { randomBytes } from 'node:crypto';
import { type FirestoreError, invalidArgument } from '../firestore-error.ts';
import type { Micros } from '../values/timestamp.ts';
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

const ID_BYTES = 16;
const MAX_REMEMBERED_AGES = 1_000;
const KNOWN_ID = /^[0-9a-f]{32}$/;

/** The open transactions: their ids, their calls in order, and their end by commit, rollback or neglect. */
export class TransactionRegistry {
  readonly #entries = new Map<string, Entry>();
  readonly #limits: TransactionLimits;
  readonly #onClose: (transaction: Transaction) => void;
  readonly #agesOfClosed = new Map<string, number>();
  #lastAge = 0;

  /** @param onClose gives back what the transaction holds */
  constructor(limits: TransactionLimits, onClose: (transaction: Transaction) => void) {
    this.#limits = limits;
    this.#onClose = onClose;
  }

  /** How many are open. */
  get size(): number {
    return this.#entries.size;
  }

  /** A number that tells later owners of locks from earlier ones. */
  nextAge(): number {
    return ++this.#lastAge;
  }

  /**
   * Opens a transaction; with a snapshot it is read-only.
   * @param options.retryOf the id of the failed one that this runs again: it keeps its age, so that it doesn't give
   *   way for ever
   * @throws {FirestoreError} INVALID_ARGUMENT if that is no id
   */
  begin(options: {
    database: string;
    snapshotMicros: Micros | undefined;
    connection: string | undefined;
    retryOf?: Uint8Array | undefined;
  }): Transaction {
    const { retryOf } = options;
    const age = retryOf === undefined ? undefined : this.#agesOfClosed.get(checkedId(retryOf));
    const transaction: Transaction = {
      id: randomBytes(ID_BYTES).toString('hex'),
      database: options.database,
      snapshotMicros: options.snapshotMicros,
      age: age ?? this.nextAge(),
      preemptible: true,
      remembered: [],
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
      if (!this.isOpen(transaction)) throw expired();
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

  /** Ends a transaction. Does nothing if it has ended. */
  end(transaction: Transaction): void {
    const entry = this.#entries.get(transaction.id);
    if (entry === undefined) return;
    clearTimeout(entry.timer);
    this.#entries.delete(transaction.id);
    this.#rememberAge(transaction);
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

  /** Ends all. */
  close(): void {
    for (const entry of [...this.#entries.values()]) this.end(entry.transaction);
  }

  #find(idBytes: Uint8Array, database: string): Entry {
    const entry = this.#entries.get(checkedId(idBytes));
    if (entry === undefined) throw expired();
    if (entry.transaction.database !== database) {
      throw invalidArgument(`The transaction belongs to another database than the request's, "${database}"`);
    }
    return entry;
  }

  #rememberAge(transaction: Transaction): void {
    this.#agesOfClosed.set(transaction.id, transaction.age);
    if (this.#agesOfClosed.size <= MAX_REMEMBERED_AGES) return;
    const [oldest] = this.#agesOfClosed.keys();
    if (oldest !== undefined) this.#agesOfClosed.delete(oldest);
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
