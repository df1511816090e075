import type {
  DocumentData,
  DocumentReference,
  DocumentSnapshot,
  Query,
  QuerySnapshot,
  SetOptions,
  Timestamp,
  Transaction,
} from '@google-cloud/firestore';
import type { Catalogue, TaskContract } from '@waybill/contract-kit';
import { CallSite } from '../call-site.ts';
import { withDetachedErrors } from '../detached-errors.ts';
import { TaskKeyConflictError, TaskRefusedError } from '../errors.ts';
import { copyConverted, copyData, copySetOptions } from './copy-data.ts';
import { checkEnqueueOptions, type EnqueueOptions } from './enqueue-options.ts';
import { isSamePayload } from './same-payload.ts';
import { fromTaskDocument, toTaskDocument } from './task-document.ts';
import { keyedTaskId, randomTaskId } from './task-name.ts';
import { MAX_PAYLOAD_BYTES, newTaskRecord, type TaskRecord } from './task-record.ts';
import { type LateReports, TransactionGuard } from './transaction-guard.ts';
import { dueAtOfNewTask } from './transitions/due-times.ts';

/**
 * A Firestore transaction that can enqueue tasks: they are there if and only if its writes are. Writes are kept back to
 * the end. Each document is read before it is written, and written once. Await every read before the work returns.
 * Firestore may run the work again: nothing outside it may happen in it, and no blind increments, which would count
 * twice. Data, payloads and options are copied at the call: a later change of the object has no effect.
 * A call after the commit has none either, and is logged as `task.late-call`; a late read never settles.
 * A wrong use is refused with a {@link MisuseError}, and nothing is committed. Nor is it where a part that nobody awaits fails.
 */
export interface TaskTransaction {
  /** @throws {MisuseError} READ_AFTER_WRITE if this transaction writes the document already; also getAll and query */
  get<D extends DocumentData>(reference: DocumentReference<D>): Promise<DocumentSnapshot<D>>;
  getAll<D extends DocumentData>(...references: DocumentReference<D>[]): Promise<DocumentSnapshot<D>[]>;
  query<D extends DocumentData>(query: Query<D>): Promise<QuerySnapshot<D>>;
  /**
   * Firestore's time of the newest read.
   * @throws {Error} before the first read
   */
  now(): Date;
  /**
   * Fails the transaction if the document exists.
   * @throws {MisuseError} WRITTEN_TWICE if this transaction writes the document already; LEDGER_DOCUMENT if it is a task's
   *   record; also set, update and delete
   */
  create<D extends DocumentData>(reference: DocumentReference<D>, data: D): void;
  set<D extends DocumentData>(reference: DocumentReference<D>, data: D, options?: SetOptions): void;
  /** Writes the given fields only; fails the transaction if the document does not exist. */
  update<D extends DocumentData>(reference: DocumentReference<D>, data: Partial<D>): void;
  delete<D extends DocumentData>(reference: DocumentReference<D>): void;
  /**
   * Enqueues a task. It is sent after the commit.
   * @throws {ContractViolationError} if the payload does not match
   * @throws {TaskRefusedError} if the options can't be met, or the payload is over 512 KiB
   * The transaction fails with a {@link TaskKeyConflictError} if the key was used with another payload.
   */
  enqueue<P>(contract: TaskContract<P>, payload: NoInfer<P>, options?: EnqueueOptions): { taskId: string };
}

/** The members that a transaction's enqueued tasks share. */
export interface EnqueueContext extends LateReports {
  readonly commitId: string;
  readonly parent: string | null;
  readonly traceparent: string | null;
  /** The version of each service that immediate tasks are routed to where the call names none; none: the one that serves. */
  readonly routingVersions: Readonly<Record<string, string>>;
  readonly catalogue: Catalogue;
  /** The subject of tasks that have none of their own: that of the task that enqueues them; null: there is none. */
  readonly subject: string | null;
  /** What makes dedupe keys differ from those of an earlier life of the same task; '' in its first one. */
  readonly keyScope: string;
}

/** A task whose record the transaction wrote. */
export interface EnqueuedTask {
  readonly taskId: string;
  readonly record: TaskRecord;
  /** Firestore's time when it was enqueued. */
  readonly nowMs: number;
}

interface EnqueueRequest {
  readonly taskId: string;
  readonly keyed: boolean;
  readonly contract: TaskContract;
  readonly payload: unknown;
  readonly subject: string;
  readonly options: EnqueueOptions;
}

/** One run of a task transaction's work over one run of Firestore's own transaction. */
export class BufferedTransaction implements TaskTransaction {
  readonly #transaction: Transaction;
  readonly #tasks: (taskId: string) => DocumentReference;
  readonly #context: EnqueueContext;
  readonly #writes: ((transaction: Transaction) => void)[] = [];
  readonly #requests: EnqueueRequest[] = [];
  readonly #guard: TransactionGuard;
  #readTime: Timestamp | undefined;

  constructor(
    transaction: Transaction,
    tasks: (taskId: string) => DocumentReference,
    context: EnqueueContext,
    readTime?: Timestamp,
  ) {
    this.#transaction = transaction;
    this.#tasks = tasks;
    this.#context = context;
    this.#readTime = readTime;
    this.#guard = new TransactionGuard(context);
  }

  /** Runs the transaction's work. An error of a part that nobody awaits fails the transaction, not the process. */
  run<T>(work: (transaction: TaskTransaction) => Promise<T>): Promise<T> {
    return withDetachedErrors(
      async () => await work(this),
      (error) => this.#guard.failDetached(error),
    );
  }

  get<D extends DocumentData>(reference: DocumentReference<D>): Promise<DocumentSnapshot<D>> {
    return this.#guard.read([reference], new CallSite(this.get), async () => {
      const snapshot = await this.#transaction.get(reference);
      this.#readTime = snapshot.readTime;
      return snapshot;
    });
  }

  getAll<D extends DocumentData>(...references: DocumentReference<D>[]): Promise<DocumentSnapshot<D>[]> {
    return this.#guard.read(references, new CallSite(this.getAll), () => this.#getAll(references));
  }

  query<D extends DocumentData>(query: Query<D>): Promise<QuerySnapshot<D>> {
    return this.#guard.query(query, new CallSite(this.query), async () => {
      const snapshot = await this.#transaction.get(query);
      this.#readTime = snapshot.readTime;
      return snapshot;
    });
  }

  /** Whether the work has anything written besides its tasks' records. */
  get hasWrites(): boolean {
    return this.#writes.length > 0;
  }

  /** Whether the work enqueues tasks. */
  get hasTasks(): boolean {
    return this.#requests.length > 0;
  }

  /** Firestore's time of the newest read; undefined before the first one. */
  get readAtMs(): number | undefined {
    return this.#readTime?.toMillis();
  }

  now(): Date {
    if (this.#readTime === undefined) {
      throw new Error('A transaction knows the time after its first read: read a document first');
    }
    return this.#readTime.toDate();
  }

  create<D extends DocumentData>(reference: DocumentReference<D>, data: D): void {
    if (!this.#guard.write('create', reference, new CallSite(this.create))) return;
    const { plain, copy } = copyConverted(reference, data);
    this.#writes.push((transaction) => transaction.create(plain, copy));
  }

  set<D extends DocumentData>(reference: DocumentReference<D>, data: D, options: SetOptions = {}): void {
    if (!this.#guard.write('set', reference, new CallSite(this.set))) return;
    const copiedOptions = copySetOptions(options);
    const { plain, copy } = copyConverted(reference, data, copiedOptions);
    this.#writes.push((transaction) => transaction.set(plain, copy, copiedOptions));
  }

  update<D extends DocumentData>(reference: DocumentReference<D>, data: Partial<D>): void {
    if (!this.#guard.write('update', reference, new CallSite(this.update))) return;
    const copy = copyData(data);
    this.#writes.push((transaction) => transaction.update(reference, copy as never));
  }

  delete<D extends DocumentData>(reference: DocumentReference<D>): void {
    if (!this.#guard.write('delete', reference, new CallSite(this.delete))) return;
    this.#writes.push((transaction) => transaction.delete(reference));
  }

  enqueue<P>(
    contract: TaskContract<P>,
    payload: NoInfer<P>,
    options: EnqueueOptions = {},
  ): { taskId: string } {
    const place = new CallSite(this.enqueue);
    if (!this.#guard.call(`enqueue() of ${contract.name}`, place)) return { taskId: randomTaskId() };
    contract.parse(payload);
    // The caller may change its objects afterwards: what is checked now is what is written.
    const json = JSON.stringify(payload);
    const copy = contract.parse(JSON.parse(json));
    const subject = options.subject ?? contract.subjectOf(copy) ?? this.#context.subject;
    checkEnqueueOptions(contract, { ...options, subject }, place);
    if (Buffer.byteLength(json) > MAX_PAYLOAD_BYTES) {
      throw new TaskRefusedError(
        contract.name,
        `its payload must be at most ${MAX_PAYLOAD_BYTES} bytes of JSON`,
      );
    }
    const { dedupeKey } = options;
    const taskId =
      dedupeKey === undefined
        ? randomTaskId()
        : keyedTaskId(contract.name, `${dedupeKey}${this.#context.keyScope}`);
    const keyed = dedupeKey !== undefined;
    this.#guard.enqueue(this.#tasks(taskId), place);
    this.#requests.push({
      taskId,
      keyed,
      contract,
      payload: copy,
      subject: subject ?? '',
      options: copyData(options),
    });
    return { taskId };
  }

  /**
   * Closes the transaction, reads what the keys need, then writes all that was kept back. The last thing in a run.
   * @throws {MisuseError} if the work used the transaction wrongly
   */
  async flush(): Promise<EnqueuedTask[]> {
    try {
      await this.#guard.close();
      const records = await this.#readKeyed();
      this.#guard.end();
      return this.#writeAll(records);
    } finally {
      this.#guard.abandon();
    }
  }

  /** Reads the records of tasks with a key. */
  async #readKeyed(): Promise<Map<string, TaskRecord | undefined>> {
    const records = new Map<string, TaskRecord | undefined>();
    const toRead = this.#requests.filter(({ keyed }) => keyed);
    const [first] = this.#requests;
    // The time of a task comes from a read. Most transactions have read something by now.
    if (toRead.length === 0 && first !== undefined && this.#readTime === undefined) toRead.push(first);
    if (toRead.length > 0) {
      const ids = [...new Set(toRead.map(({ taskId }) => taskId))];
      const snapshots = await this.#getAll(ids.map(this.#tasks));
      for (const snapshot of snapshots) records.set(snapshot.id, fromTaskDocument(snapshot));
    }
    return records;
  }

  /** @param records those of keyed tasks that are there already */
  #writeAll(records: Map<string, TaskRecord | undefined>): EnqueuedTask[] {
    const enqueued: EnqueuedTask[] = [];
    for (const request of this.#requests) {
      const record = this.#recordOf(request);
      const existing = records.get(request.taskId);
      if (existing !== undefined) {
        const { contract, payload } = request;
        if (!isSamePayload(this.#context.catalogue, existing, { contract, payload })) {
          throw new TaskKeyConflictError(request.contract.name, request.taskId);
        }
        continue;
      }
      records.set(request.taskId, record);
      this.#transaction.create(this.#tasks(request.taskId), toTaskDocument(record));
      enqueued.push({ taskId: request.taskId, record, nowMs: record.createdAtMs });
    }
    for (const write of this.#writes) write(this.#transaction);
    return enqueued;
  }

  async #getAll<D extends DocumentData>(
    references: readonly DocumentReference<D>[],
  ): Promise<DocumentSnapshot<D>[]> {
    const snapshots = await this.#transaction.getAll(...references);
    this.#readTime = snapshots[0]?.readTime ?? this.#readTime;
    return snapshots as DocumentSnapshot<D>[];
  }

  #recordOf({ taskId, contract, payload, subject, options }: EnqueueRequest): TaskRecord {
    const nowMs = this.now().getTime();
    const delaySeconds = options.delaySeconds ?? contract.delaySeconds;
    const wantedMs = options.notBefore?.getTime() ?? nowMs + delaySeconds * 1_000;
    const notBeforeMs = wantedMs > nowMs ? wantedMs : null;
    const version = options.version ?? this.#context.routingVersions[contract.service] ?? null;
    return newTaskRecord(
      {
        taskId,
        // Chosen once: whoever looks for the task later looks where the record says.
        contract: { ...contract, queue: this.#context.catalogue.physicalQueueOf(contract.queue, taskId) },
        payload,
        subject,
        // A version that serves now may be gone when a delayed task is due.
        route: { service: contract.service, version: notBeforeMs === null ? version : null },
        generation: 0,
        notBeforeMs,
        traceparent: this.#context.traceparent,
        parent: this.#context.parent,
        commitId: this.#context.commitId,
      },
      nowMs,
      dueAtOfNewTask(nowMs, notBeforeMs),
    );
  }
}
