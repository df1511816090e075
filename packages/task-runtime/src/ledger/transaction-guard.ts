import { setImmediate } from 'node:timers/promises';
import type { DocumentData, DocumentReference, Query } from '@google-cloud/firestore';
import type { CallSite } from '../call-site.ts';
import { MisuseError } from '../errors.ts';
import { LEDGER_COLLECTIONS } from './ledger-collections.ts';

/** The options that Firestore's client (9.4.1) keeps in a query. It has no public accessor for them. */
interface QueryOptions {
  readonly parentPath: { readonly relativeName: string };
  readonly collectionId: string;
  readonly allDescendants: boolean;
  readonly kindless: boolean;
}

/** A document that the transaction is going to write. */
interface BufferedWrite {
  readonly reference: DocumentReference;
  readonly place: CallSite;
}

/** Receivers of what comes when the commit can no longer be stopped. */
export interface LateReports {
  readonly onLateCall: (misuse: MisuseError) => void;
  /** Gets the error of a part that nobody awaits. */
  readonly onLateError: (error: unknown) => void;
}

/**
 * Refuses wrong uses of a buffered transaction. Its writes are kept back to the end, so a read does not see them, and a
 * call after the end has no effect. Each of these would lose data silently.
 */
export class TransactionGuard {
  readonly #writes = new Map<string, BufferedWrite>();
  readonly #openReads = new Map<symbol, { readonly of: string; readonly place: CallSite }>();
  readonly #late: LateReports;
  #phase: 'open' | 'closing' | 'ended' = 'open';
  /** The first wrong use, or the first error of a part that nobody awaits. */
  #failure: { readonly error: unknown } | undefined;

  constructor(late: LateReports) {
    this.#late = late;
  }

  /**
   * Whether a call has an effect. False: the work has returned. Before the commit that is a misuse, which {@link end}
   * throws. Nothing is thrown here: nobody awaits the caller, so an error would end the process.
   */
  call(name: string, place: CallSite): boolean {
    if (this.#phase === 'open') return true;
    const late = new MisuseError(
      'TRANSACTION_CLOSED',
      `${name}${place} came after the work of its transaction had returned, and has no effect: ` +
        'await everything that the work starts; use "for … of" or Promise.all, not forEach with an async function',
    );
    if (this.#phase === 'closing') this.#failure ??= { error: late };
    // A transaction that was refused has told of a misuse already.
    else if (this.#failure === undefined) this.#late.onLateCall(late);
    return false;
  }

  /**
   * Notes a write.
   * @returns whether it has an effect: see {@link call}
   * @throws {MisuseError} WRITTEN_TWICE if the transaction writes the document already; LEDGER_DOCUMENT if it is the
   *   ledger's own
   */
  write(method: string, reference: DocumentReference, place: CallSite): boolean {
    const { path } = reference;
    if (!this.call(`${method}() of ${path}`, place)) return false;
    if (isOfLedger(reference)) {
      throw this.#refuse(
        'LEDGER_DOCUMENT',
        `${method}() of ${path}${place} would change a record of the task ledger: enqueue a task, or cancel, replay ` +
          'or discard it in the console; keep your own data in another collection',
      );
    }
    const earlier = this.#writes.get(path);
    if (earlier !== undefined) {
      throw this.#refuse(
        'WRITTEN_TWICE',
        `${method}() of ${path}${place} would replace an earlier write of the transaction${earlier.place}: ` +
          'write each document once, with all changes together',
      );
    }
    this.#writes.set(path, { reference, place });
    return true;
  }

  /** Notes the record of an enqueued task as written: a read of it would not see it. */
  enqueue(reference: DocumentReference, place: CallSite): void {
    this.#writes.set(reference.path, { reference, place });
  }

  /**
   * Runs a read of documents. One that comes late never settles.
   * @throws {MisuseError} READ_AFTER_WRITE if the transaction writes one of them
   */
  async read<T>(
    references: readonly DocumentReference<DocumentData>[],
    place: CallSite,
    read: () => Promise<T>,
  ): Promise<T> {
    const of = references.map(({ path }) => path).join(', ');
    if (!this.call(`get() of ${of}`, place)) return await never();
    const written = references.map(({ path }) => this.#writes.get(path)).find((write) => write !== undefined);
    if (written !== undefined) throw this.#readAfterWrite(`get() of ${of}`, place, written);
    return await this.#untilRead(of, place, read);
  }

  /**
   * Runs a query. One that comes late never settles.
   * @throws {MisuseError} READ_AFTER_WRITE if the transaction writes a document that it may find
   */
  async query<T>(query: Query<DocumentData>, place: CallSite, read: () => Promise<T>): Promise<T> {
    const of = describeQuery(query);
    if (!this.call(`query() of ${of}`, place)) return await never();
    const changed = [...this.#writes.values()].find(({ reference }) => mayFind(query, reference));
    if (changed !== undefined) throw this.#readAfterWrite(`query() of ${of}`, place, changed);
    return await this.#untilRead(of, place, read);
  }

  /**
   * Closes the transaction: its work has returned.
   * @throws {MisuseError} TRANSACTION_READ_OPEN if a read is under way; the error of an earlier misuse, also of one that
   *   the work has caught
   */
  async close(): Promise<void> {
    this.#phase = 'closing';
    this.#assertRight();
    // A callback that nobody awaits goes on after the work: one turn shows most of them before the commit.
    await setImmediate();
    this.#assertRight();
  }

  /**
   * Ends the transaction, just before its commit. A later call is reported, since nothing can stop the commit.
   * @throws {MisuseError} TRANSACTION_CLOSED if a call came since the work returned
   */
  end(): void {
    this.#phase = 'ended';
    this.#assertRight();
  }

  /** Notes the error of a part that nobody awaits: the transaction fails with it, unless its commit is under way. */
  failDetached(error: unknown): void {
    if (this.#phase !== 'ended') this.#failure ??= { error };
    // A wrong use failed the transaction when it was made, or was reported as late.
    else if (this.#failure?.error !== error) this.#late.onLateError(error);
  }

  /** Ends a transaction that is not committed. */
  abandon(): void {
    this.#phase = 'ended';
  }

  #assertRight(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
    const [open] = this.#openReads.values();
    if (open === undefined) return;
    throw this.#refuse(
      'TRANSACTION_READ_OPEN',
      `The work of a transaction returned while its read of ${open.of}${open.place} was under way, so nothing is written: ` +
        'await each read; use "for … of" or Promise.all, not forEach with an async function',
    );
  }

  #readAfterWrite(
    call: string,
    place: CallSite,
    { reference, place: writtenAt }: BufferedWrite,
  ): MisuseError {
    return this.#refuse(
      'READ_AFTER_WRITE',
      `${call}${place} would not see the transaction's own write of ${reference.path}${writtenAt}: ` +
        'read first, make all changes to the value, then write once',
    );
  }

  async #untilRead<T>(of: string, place: CallSite, read: () => Promise<T>): Promise<T> {
    const id = Symbol(of);
    this.#openReads.set(id, { of, place });
    try {
      return await read();
    } finally {
      // Nobody awaits a read that ends after the work. What follows it must not go on: its writes would throw.
      if (this.#phase !== 'open') await never();
      this.#openReads.delete(id);
    }
  }

  #refuse(code: string, message: string): MisuseError {
    const misuse = new MisuseError(code, message);
    this.#failure ??= { error: misuse };
    return misuse;
  }
}

/** Keeps the code that awaits it from going on: nobody awaits that code, and its errors would end the process. */
function never(): Promise<never> {
  return new Promise(() => {});
}

function isOfLedger({ parent }: DocumentReference): boolean {
  return LEDGER_COLLECTIONS.has(parent?.path);
}

function optionsOf(query: Query<DocumentData>): QueryOptions | undefined {
  return (query as unknown as { readonly _queryOptions?: QueryOptions })._queryOptions;
}

function describeQuery(query: Query<DocumentData>): string {
  return optionsOf(query)?.collectionId || 'a collection';
}

/** Whether a query may find a document, whatever its filters say: a write can change what they see. */
function mayFind(query: Query<DocumentData>, reference: DocumentReference): boolean {
  const options = optionsOf(query);
  if (options === undefined || options.kindless) return true;
  const { parent } = reference;
  if (parent.id !== options.collectionId) return false;
  const parentPath = options.parentPath.relativeName;
  const path = parent.parent?.path ?? '';
  return options.allDescendants
    ? parentPath === '' || path === parentPath || path.startsWith(`${parentPath}/`)
    : path === parentPath;
}
