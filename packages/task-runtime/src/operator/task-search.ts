import {
  FieldPath,
  type Firestore,
  type Query,
  type QueryDocumentSnapshot,
  type QuerySnapshot,
  Timestamp,
} from '@google-cloud/firestore';
import { TaskFilterError } from '../errors.ts';
import type { RecordProblem } from '../ledger/record-form.ts';
import { fromTaskDocument, readStoredTask, taskCollection } from '../ledger/task-document.ts';
import { SHARDS, type TaskRecord, type TaskState } from '../ledger/task-record.ts';
import { readStore } from '../store/read-store.ts';

/** A choice of tasks. Not all members go together; each combination that does has an index. */
export interface TaskFilter {
  /** All tasks of one thing, oldest first; alone, or with any of the others, which are then applied to each page. */
  readonly subject?: string;
  /** Those in one queue that are pending or running, first what is due first; not with a contract or another state. */
  readonly queue?: string;
  /** Those of one service that are pending or running, first what is due first; not with a queue, contract or state. */
  readonly service?: string;
  readonly contract?: string;
  readonly state?: TaskState;
  /** Those that ended with a declared outcome; alone, or with a contract, which is then applied to each page. */
  readonly outcome?: string;
  /** Those for which something should have happened by now, the longest overdue first; alone. */
  readonly overdue?: boolean;
  /** Those that are pending after an error, the latest error first; alone. */
  readonly failing?: boolean;
}

/** A task in a list: its record without what may be long. */
export type ListedTask = { readonly taskId: string } & Pick<TaskRecord, (typeof LISTED)[number]> &
  Pick<TaskRecord, (typeof LISTED_TIMES)[number][0]>;

const LISTED = [
  'contract',
  'version',
  'subject',
  'queue',
  'route',
  'generation',
  'state',
  'attempts',
  'error',
  'outcome',
  'parent',
] as const;
const LISTED_TIMES = [
  ['createdAtMs', 'createdAt'],
  ['notBeforeMs', 'notBefore'],
  ['leaseUntilMs', 'leaseUntil'],
  ['dueAtMs', 'dueAt'],
  ['failedAtMs', 'failedAt'],
] as const;

/** One page of a list. */
export interface TaskPage {
  readonly tasks: readonly ListedTask[];
  /** The cursor of the next page; undefined on the last one. */
  readonly next: string | undefined;
  /** Firestore's time of the reading. */
  readonly readAtMs: number;
}

/** The end of the year 9999: later there is no time for Firestore. */
const LAST_TIME_MS = 253_402_300_799_999;
const NO_PLACE = 'the place in the list is not one that a list gave; begin anew';
/** Maximum number of tasks on a page. */
export const MAX_PAGE_SIZE = 100;
const ALL_SHARDS = Array.from({ length: SHARDS }, (_, shard) => shard);

interface Plan {
  readonly query: Query;
  readonly field: 'createdAt' | 'dueAt' | 'failedAt' | 'error.atMs';
  readonly direction: 'asc' | 'desc';
}

/**
 * The operators' lists and counts of tasks. Each page costs its tasks and one read more, however many tasks there are, and
 * each count one read for a thousand tasks.
 */
export class TaskSearch {
  readonly #firestore: Firestore;
  readonly #timeoutMs: number;

  /**
   * @param options.timeoutMs timeout of one read of Firestore; after it each method throws a
   *   {@link StoreUnavailableError}
   */
  constructor(firestore: Firestore, options: { timeoutMs: number }) {
    this.#firestore = firestore;
    this.#timeoutMs = options.timeoutMs;
  }

  /**
   * One page of the tasks that a filter lets through: dead letters by their death, the newest first; others as
   * {@link TaskFilter} says; else by creation, the newest first.
   * @param options.size 1 to 100
   * @param options.cursor a page's `next`; default: from the beginning
   * @throws {TaskFilterError} if the filter's members don't go together, or the cursor is none, or the size no number
   */
  async page(filter: TaskFilter, options: { size: number; cursor?: string | undefined }): Promise<TaskPage> {
    if (Number.isNaN(options.size)) {
      throw new TaskFilterError(`a page has 1 to ${MAX_PAGE_SIZE} tasks, and its size is no number`);
    }
    const size = Math.min(Math.max(1, Math.trunc(options.size)), MAX_PAGE_SIZE);
    const plan = this.#plan(filter);
    let query = plan.query
      .orderBy(plan.field, plan.direction)
      .orderBy(FieldPath.documentId(), plan.direction)
      .select(...LISTED, ...LISTED_TIMES.map(([, field]) => field))
      .limit(size + 1);
    if (options.cursor !== undefined) {
      query = await this.#after(query, plan.field, options.cursor);
    }
    const snapshot = await this.#read('list of tasks', () => query.get());
    const readAtMs = snapshot.readTime.toMillis();
    const shown = snapshot.docs.slice(0, size);
    const last = shown.at(-1);
    const tasks = shown.flatMap(listed).filter((task) => matches(task, filter, readAtMs));
    // What comes after a task that is not overdue yet is not overdue either.
    const hasNext = snapshot.size > size && !(filter.overdue === true && tasks.length < shown.length);
    return {
      tasks,
      next: hasNext && last !== undefined ? cursorAt(last, plan.field) : undefined,
      readAtMs,
    };
  }

  /**
   * A task's whole record, and Firestore's time of the reading; undefined where there is none of that id.
   * @returns `problem` where the record has a form that this code can't use: it is given as far as it can be shown
   */
  async inspect(
    taskId: string,
  ): Promise<{ record: TaskRecord; readAtMs: number; problem: RecordProblem | undefined } | undefined> {
    if (!isTaskId(taskId)) return undefined;
    const snapshot = await this.#read('task', () => taskCollection(this.#firestore).doc(taskId).get());
    const stored = readStoredTask(snapshot);
    return stored === undefined ? undefined : { ...stored, readAtMs: snapshot.readTime.toMillis() };
  }

  /**
   * Counts the dead letters.
   * @param options.contract default: of all contracts
   * @param options.sinceMs, options.untilMs by their death: from the first, before the second
   */
  async countDead(options: { contract?: string; sinceMs?: number; untilMs?: number } = {}): Promise<number> {
    let query = this.#ofAllShards().where('state', '==', 'dead');
    if (options.contract !== undefined) query = query.where('contract', '==', options.contract);
    return this.#count(between(query.orderBy('failedAt', 'desc'), 'failedAt', options));
  }

  /** Counts the tasks that were enqueued in a time, of those that still have a record. */
  async countEnqueued(options: { sinceMs: number; untilMs: number }): Promise<number> {
    const query = this.#ofAllShards().orderBy('createdAt', 'desc');
    return this.#count(between(query, 'createdAt', options));
  }

  /** For how many tasks something should have happened by a time. */
  async countOverdue(atMs: number): Promise<number> {
    return this.#count(between(this.#ofAllShards().orderBy('dueAt'), 'dueAt', { untilMs: atMs }));
  }

  /** Counts the tasks that are pending after an error. */
  async countFailing(): Promise<number> {
    const pending = this.#ofAllShards().where('state', '==', 'pending');
    return this.#count(pending.orderBy('error.atMs', 'desc'));
  }

  /** Counts the tasks in a state, of all contracts. */
  async countInState(state: TaskState): Promise<number> {
    return this.#count(this.#ofAllShards().where('state', '==', state).orderBy('createdAt', 'desc'));
  }

  /** Counts the tasks of a contract that ended with a declared outcome, of those that still have a record. */
  async countWithOutcome(contract: string, outcome: string): Promise<number> {
    const ofContract = taskCollection(this.#firestore).where('contract', '==', contract);
    return this.#count(ofContract.where('outcome', '==', outcome));
  }

  /** Counts the tasks of one version of a contract in a state. */
  async countOfVersion(contract: string, version: number, state: TaskState): Promise<number> {
    return this.#count(
      taskCollection(this.#firestore)
        .where('contract', '==', contract)
        .where('version', '==', version)
        .where('state', '==', state),
    );
  }

  /** The load of a queue of Cloud Tasks at a time, as the ledger knows it. */
  async queueLoad(queue: string, nowMs: number): Promise<QueueLoad> {
    const inQueue = taskCollection(this.#firestore).where('queue', '==', queue);
    const pending = inQueue.where('state', '==', 'pending').orderBy('dueAt');
    const running = inQueue.where('state', '==', 'running').orderBy('dueAt');
    const ahead = inQueue.where('state', '==', 'pending').orderBy('notBefore');
    const first = (query: Query): Promise<QuerySnapshot> =>
      this.#read('oldest task', () => query.select('dueAt').limit(1).get());
    const [waitingCount, aheadCount, runningCount, ...earliest] = await Promise.all([
      this.#count(pending),
      this.#count(ahead.where('notBefore', '>', Timestamp.fromMillis(nowMs))),
      this.#count(running),
      first(pending),
      first(running),
    ]);
    const overdue = earliest.flatMap(({ docs, readTime }) => {
      const dueAt: unknown = docs[0]?.get('dueAt');
      const dueAtMs = dueAt instanceof Timestamp ? dueAt.toMillis() : Number.POSITIVE_INFINITY;
      return dueAtMs < readTime.toMillis() ? [dueAtMs] : [];
    });
    return {
      waiting: waitingCount,
      // The two are counted one after the other, and tasks move meanwhile.
      dueNow: Math.max(0, waitingCount - aheadCount),
      running: runningCount,
      oldestOverdueAtMs: overdue.length === 0 ? null : Math.min(...overdue),
    };
  }

  /** Firestore's time, for a document's read. */
  async now(): Promise<number> {
    const probe = await this.#read('time', () => this.#firestore.doc('health/probe').get());
    return probe.readTime.toMillis();
  }

  /** The rest of a list, behind a cursor's place. */
  async #after(query: Query, field: Plan['field'], cursor: string): Promise<Query> {
    const { atMs, taskId } = parseCursor(cursor);
    if (atMs !== null) {
      return query.startAfter(field === 'error.atMs' ? atMs : Timestamp.fromMillis(atMs), taskId);
    }
    const place = await this.#read('list of tasks', () => taskCollection(this.#firestore).doc(taskId).get());
    if (place.get(field) === undefined) throw new TaskFilterError(NO_PLACE);
    return query.startAfter(place);
  }

  #read<T>(what: string, read: () => Promise<T>): Promise<T> {
    return readStore(what, this.#timeoutMs, read);
  }

  /**
   * Counts the documents of a query. Its order is given even though nothing is listed: it decides which composite index
   * answers it, and single fields have none here.
   */
  async #count(query: Query): Promise<number> {
    return (await this.#read('number of tasks', () => query.count().get())).data().count;
  }

  /** All tasks, by shard: each index on a time begins with it, or all writes of a moment would meet in one place. */
  #ofAllShards(): Query {
    return taskCollection(this.#firestore).where('shard', 'in', ALL_SHARDS);
  }

  #plan(filter: TaskFilter): Plan {
    const { subject, queue, service, contract, state, outcome, overdue, failing } = filter;
    const tasks = taskCollection(this.#firestore);
    if (subject !== undefined) {
      return { query: tasks.where('subject', '==', subject), field: 'createdAt', direction: 'asc' };
    }
    if (overdue === true || failing === true) return planOverdueOrFailing(this.#ofAllShards(), filter);
    if (outcome !== undefined) return planOutcome(this.#ofAllShards(), outcome, filter);
    if (queue !== undefined) return planQueue(tasks, queue, filter);
    if (service !== undefined) return planService(this.#ofAllShards(), service, filter);
    if (state === 'dead') {
      const dead = this.#ofAllShards().where('state', '==', 'dead');
      const query = contract === undefined ? dead : dead.where('contract', '==', contract);
      return { query, field: 'failedAt', direction: 'desc' };
    }
    let query = this.#ofAllShards();
    if (contract !== undefined) query = query.where('contract', '==', contract);
    if (state !== undefined) query = query.where('state', '==', state);
    return { query, field: 'createdAt', direction: 'desc' };
  }
}

function planOverdueOrFailing(tasks: Query, filter: TaskFilter): Plan {
  const { queue, service, contract, state, outcome, overdue, failing } = filter;
  const others = [queue, service, contract, state, outcome];
  if (others.some((member) => member !== undefined) || overdue === failing) {
    const kind = failing === true ? 'failing' : 'overdue';
    throw new TaskFilterError(
      `${kind} tasks are listed alone, for all queues, contracts and states together`,
    );
  }
  if (failing === true) {
    return { query: tasks.where('state', '==', 'pending'), field: 'error.atMs', direction: 'desc' };
  }
  return { query: tasks, field: 'dueAt', direction: 'asc' };
}

function planOutcome(tasks: Query, outcome: string, { queue, service, state }: TaskFilter): Plan {
  if (service !== undefined) throw new TaskFilterError('choose a service or an outcome, not both');
  if (queue !== undefined) throw new TaskFilterError('choose a queue or an outcome, not both');
  if (state !== undefined && state !== 'succeeded') {
    throw new TaskFilterError(`tasks with an outcome are succeeded, not ${state}`);
  }
  return { query: tasks.where('outcome', '==', outcome), field: 'createdAt', direction: 'desc' };
}

function planQueue(tasks: Query, queue: string, { service, contract, state }: TaskFilter): Plan {
  if (service !== undefined) throw new TaskFilterError('choose a queue or a service, not both');
  if (contract !== undefined) throw new TaskFilterError('choose a queue or a contract, not both');
  if (state !== undefined && state !== 'pending' && state !== 'running') {
    throw new TaskFilterError(`a queue's tasks are pending or running, not ${state}`);
  }
  const states = state === undefined ? ['pending', 'running'] : [state];
  const query = tasks.where('queue', '==', queue).where('state', 'in', states);
  return { query, field: 'dueAt', direction: 'asc' };
}

function planService(tasks: Query, service: string, { contract, state }: TaskFilter): Plan {
  if (contract !== undefined) throw new TaskFilterError('choose a service or a contract, not both');
  if (state !== undefined) {
    throw new TaskFilterError(
      'a service’s tasks are listed while they are open: choose a service or a state',
    );
  }
  return { query: tasks.where('route.service', '==', service), field: 'dueAt', direction: 'asc' };
}

/** The number of tasks in a queue, and the time at which one of them should have moved on; null: none should. */
export interface QueueLoad {
  readonly waiting: number;
  /** Of these, those that are not delayed: with a healthy queue they are few. */
  readonly dueNow: number;
  readonly running: number;
  readonly oldestOverdueAtMs: number | null;
}

/** The cursor of a list of dead letters that leaves out all that died after a moment. */
export function cursorBefore(atMs: number): string {
  return encodeCursor(atMs + 1, '0');
}

function between(
  query: Query,
  field: string,
  { sinceMs, untilMs }: { sinceMs?: number; untilMs?: number },
): Query {
  let bounded = query;
  if (sinceMs !== undefined) bounded = bounded.where(field, '>=', Timestamp.fromMillis(sinceMs));
  if (untilMs !== undefined) bounded = bounded.where(field, '<', Timestamp.fromMillis(untilMs));
  return bounded;
}

function matches(task: ListedTask, filter: TaskFilter, nowMs: number): boolean {
  const { queue, service, contract, state, outcome, overdue, failing } = filter;
  return (
    (service === undefined || task.route.service === service) &&
    (queue === undefined || task.queue === queue) &&
    (contract === undefined || task.contract === contract) &&
    (state === undefined || task.state === state) &&
    (outcome === undefined || task.outcome === outcome) &&
    (failing !== true || (task.state === 'pending' && task.error !== null)) &&
    (overdue !== true || (task.dueAtMs !== null && task.dueAtMs <= nowMs))
  );
}

function listed(snapshot: QueryDocumentSnapshot): ListedTask[] {
  const record = fromTaskDocument(snapshot);
  return record === undefined ? [] : [{ taskId: snapshot.id, ...record }];
}

function cursorAt(snapshot: QueryDocumentSnapshot, field: Plan['field']): string {
  const at: unknown = snapshot.get(field);
  const atMs = at instanceof Timestamp ? at.toMillis() : at;
  const isOfField = (field === 'error.atMs') === (typeof at === 'number');
  // A corrupt record's time may be anything: its place is read from the record itself.
  return encodeCursor(isOfField && isTime(atMs) ? atMs : null, snapshot.id);
}

function encodeCursor(atMs: number | null, taskId: string): string {
  return Buffer.from(JSON.stringify([atMs, taskId])).toString('base64url');
}

/** A cursor comes from outside: anything may be in it. */
function parseCursor(cursor: string): { atMs: number | null; taskId: string } {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    const [atMs, taskId] = Array.isArray(parsed) ? (parsed as unknown[]) : [];
    if ((atMs === null || isTime(atMs)) && typeof taskId === 'string' && isTaskId(taskId))
      return { atMs, taskId };
  } catch {
    // Not JSON: refused as any other.
  }
  throw new TaskFilterError(NO_PLACE);
}

function isTime(atMs: unknown): atMs is number {
  return Number.isSafeInteger(atMs) && (atMs as number) >= 0 && (atMs as number) <= LAST_TIME_MS;
}

/** Whether a text can be the id of a record: Firestore refuses others, or takes them for a path. */
export function isTaskId(text: string): boolean {
  return /^[^/]{1,500}$/.test(text) && !/^(\.{1,2}|__.*__)$/.test(text);
}
