import {
  type Firestore,
  type Query,
  type QueryDocumentSnapshot,
  type QuerySnapshot,
  Timestamp,
} from '@google-cloud/firestore';
import type { protos } from '@google-cloud/tasks';
import type { Logger } from '@waybill/service-kit';
import { Status } from 'google-gax';
import type { TaskRuntime } from '../create-task-runtime.ts';
import { ContentionError, LostAttemptError } from '../errors.ts';
import type { Compensate } from '../ledger/give-up-task.ts';
import { isCount, isQueueName } from '../ledger/record-form.ts';
import { taskCollection } from '../ledger/task-document.ts';
import { cloudTaskName } from '../ledger/task-name.ts';
import { SHARDS, type TaskRecord } from '../ledger/task-record.ts';
import { MINUTE_MS } from '../ledger/transitions/due-times.ts';
import { type Finding, QUEUE_MISSING } from '../ledger/transitions/overdue.ts';
import { readStore } from '../store/read-store.ts';
import { eraseExpiredPayloads } from './erase-expired-payloads.ts';
import { searchLostRecords } from './lost-records.ts';
import { findNeglectedServices } from './neglected-services.ts';

/** Settings of {@link sweep}. */
export interface SweepOptions {
  readonly runtime: TaskRuntime;
  /** The service whose tasks it settles. Each service has a sweep of its own: only it has their handlers' `onDead`. */
  readonly service: string;
  readonly onDead: Compensate;
  readonly logger: Logger;
  /** The machine's clock, for the sweep's own duration only. */
  readonly nowMs: () => number;
  /** Aborted at shutdown: the rest is left to the next sweep. Default: never. */
  readonly stopping?: AbortSignal;
}

/** The result of a sweep. */
export interface SweepReport {
  /** Overdue records that were looked at. */
  readonly checked: number;
  /** Sent under a new name, for Cloud Tasks did not have them. */
  readonly sent: number;
  /** Given up, for their queue was purged. */
  readonly dead: number;
  /** Dead letters that lost their personal data, because their period was over. */
  readonly erased: number;
  /** Not settled, for Cloud Tasks or Firestore did not answer; the next sweep tries again. */
  readonly failed: number;
  /** Time ran out, or the process was to end, before everything was looked at. */
  readonly incomplete: boolean;
  /** Other services that have tasks overdue for more than ten minutes: their own sweep does not run. */
  readonly neglected: readonly string[];
}

/** The sweep runs each minute: one that takes longer leaves the rest to the next. */
const TIME_BUDGET_MS = 45_000;
const PAGE_SIZE = 100;
const CONCURRENT_CHECKS = 10;
/** Firestore's last timestamp: texts, lists and maps come after it. */
const LAST_TIME = new Timestamp(253_402_300_799, 999_999_999);
/** Timeout of one call of Cloud Tasks or Firestore. */
const ASK_TIMEOUT_MS = 5_000;

/**
 * Looks after every record of its service that is overdue: what Cloud Tasks still has is left to it, what it has not is sent again,
 * what was purged is dead, unless its contract says that it survives a purge. Safe to run twice at once, for each record
 * is settled in a transaction that checks that nothing has happened since.
 * @throws {StoreUnavailableError} if Firestore does not say what is overdue
 */
export async function sweep(options: SweepOptions): Promise<SweepReport> {
  const { logger, nowMs } = options;
  const endMs = nowMs() + TIME_BUDGET_MS;
  const inTime = (): boolean => options.stopping?.aborted !== true && nowMs() < endMs;
  const report = {
    checked: 0,
    sent: 0,
    dead: 0,
    erased: 0,
    failed: 0,
    incomplete: false,
    neglected: [] as readonly string[],
  };
  const purges = new Map<string, Promise<Purge>>();

  let storeTime: Timestamp | undefined;
  const settleAll = (tasks: readonly OverdueTask[]): Promise<void> =>
    eachConcurrently(tasks, CONCURRENT_CHECKS, async (task) => {
      if (!inTime()) {
        report.incomplete = true;
        return;
      }
      report.checked += 1;
      const outcome = await settle(options, purges, task).catch((error: unknown) =>
        reportUnsettled(logger, task, error),
      );
      if (outcome === 'send') report.sent += 1;
      if (outcome === 'dead') report.dead += 1;
      if (outcome === 'failed') report.failed += 1;
    });

  // Each minute another shard comes first: what can't be settled in one must not keep the others waiting for ever.
  const first = Math.floor(nowMs() / 60_000) % SHARDS;
  for (let turn = 0; turn < SHARDS; turn += 1) {
    if (!inTime()) {
      report.incomplete = true;
      break;
    }
    const shard = (first + turn) % SHARDS;
    const byDueAt = openByDueAt(options.runtime.firestore, options.service, shard);
    const pages = overduePages(byDueAt, { thorough: turn === 0, onTime: (now) => (storeTime = now) });
    for await (const page of pages) {
      if (!inTime()) {
        report.incomplete = true;
        break;
      }
      await settleAll(page);
    }
  }
  if (inTime()) {
    const { firestore } = options.runtime;
    if (storeTime !== undefined) await settleAll(await findLostTasks(options, storeTime));
    report.neglected = await findNeglectedServices({
      firestore,
      service: options.service,
      shard: first,
      logger,
      read,
    });
  }
  if (inTime()) {
    const { firestore, ledger } = options.runtime;
    report.erased = await eraseExpiredPayloads({ firestore, ledger, shard: first, logger, read, inTime });
  }
  if (report.checked > 0) logger.info('sweep ended', { event: 'sweep.ended', ...report });
  return report;
}

/** The members of an overdue task that the sweep needs. */
interface OverdueTask extends Pick<TaskRecord, 'contract' | 'subject' | 'queue' | 'generation'> {
  readonly taskId: string;
}

/** @returns `contention` when another holds the record, which moves it on then; else `failed` */
function reportUnsettled(logger: Logger, task: OverdueTask, error: unknown): 'contention' | 'failed' {
  const fields = { taskId: task.taskId, task: task.contract };
  if (error instanceof ContentionError) {
    logger.info('overdue task under contention', { event: 'sweep.contention', ...fields, code: error.code });
    return 'contention';
  }
  logger.warning('overdue task not settled', { event: 'sweep.failed', ...fields, error });
  return 'failed';
}

async function settle(
  options: SweepOptions,
  purges: Map<string, Promise<Purge>>,
  task: OverdueTask,
): Promise<string> {
  const { taskId, contract, subject, generation } = task;
  // A record without a place in Cloud Tasks is corrupt: the ledger settles it whatever the finding.
  const isAskable = isQueueName(task.queue) && isCount(generation);
  const finding: Finding = isAskable ? await ask(options, purges, task) : { task: 'found' };
  const { catalogue, ledger } = options.runtime;
  // A version that only another worker knows may compensate: to send it again does less harm than to give it up.
  const survivesPurge = (record: TaskRecord): boolean =>
    catalogue.find(record.contract, record.version)?.survivesPurge ?? true;
  const { outcome, toSend, reason } = await ledger
    .settleOverdue(taskId, generation, finding, survivesPurge, options.onDead)
    .catch((error: unknown) => {
      // Its record is gone: nothing is overdue any more.
      if (error instanceof LostAttemptError) {
        return { outcome: 'skip' as const, toSend: [], reason: undefined };
      }
      throw error;
    });
  const fields = { taskId, task: contract, subject, generation };
  if (outcome === 'send')
    options.logger.notice('overdue task sent again', { event: 'task.sent-again', ...fields });
  if (outcome === 'dead') {
    const { code, message } = reason ?? {};
    options.logger.error('task dead', { event: 'task.dead', ...fields, code, reason: message });
  }
  if (outcome === 'unreadable') {
    const { code, message } = reason ?? {};
    const event = 'task.unknown-record';
    options.logger.error('task waits for a worker that knows its record', {
      event,
      ...fields,
      code,
      reason: message,
    });
  }
  if (finding.task === 'queue-missing' && outcome === 'wait') {
    options.logger.error('queue of an overdue task does not exist', {
      event: 'sweep.queue-missing',
      ...fields,
      queue: task.queue,
      code: QUEUE_MISSING,
    });
  }
  await options.runtime.sender.send(toSend);
  return outcome;
}

/** Asks Cloud Tasks about a task, and about its queue's last purge where it has none of that name. */
async function ask(
  { runtime: { cloudTasks, queueLocation } }: SweepOptions,
  purges: Map<string, Promise<Purge>>,
  { taskId, queue, generation }: OverdueTask,
): Promise<Finding> {
  const { project, location } = queueLocation;
  const name = cloudTasks.taskPath(project, location, queue, cloudTaskName(taskId, generation));
  let refusal: unknown;
  try {
    await cloudTasks.getTask({ name }, { timeout: ASK_TIMEOUT_MS });
    return { task: 'found' };
  } catch (error) {
    refusal = error;
  }
  let purge = purges.get(queue);
  if (purge === undefined) {
    purge = lastPurge(cloudTasks, cloudTasks.queuePath(project, location, queue));
    purges.set(queue, purge);
  }
  const purgedAtMs = await purge;
  if (purgedAtMs === 'queue-missing') return { task: 'queue-missing' };
  // Any other refusal says nothing about the task.
  if ((refusal as { code?: unknown }).code !== Status.NOT_FOUND) throw refusal;
  return { task: 'not-found', purgedAtMs };
}

/** The time of a queue's last purge, null if there was none; or that there is no such queue. */
type Purge = number | null | 'queue-missing';

async function lastPurge(cloudTasks: TaskRuntime['cloudTasks'], name: string): Promise<Purge> {
  try {
    const [{ purgeTime }] = await cloudTasks.getQueue({ name }, { timeout: ASK_TIMEOUT_MS });
    return purgeTime ? millisOf(purgeTime) : null;
  } catch (error) {
    if (isMissing(error)) return 'queue-missing';
    throw error;
  }
}

/** Whether Cloud Tasks may say that a task or a queue is not there; of a queue that is missing it says both in places. */
function isMissing(error: unknown): boolean {
  const { code } = (error ?? {}) as { code?: unknown };
  return code === Status.NOT_FOUND || code === Status.FAILED_PRECONDITION;
}

function millisOf({ seconds, nanos }: protos.google.protobuf.ITimestamp): number {
  return Number(seconds ?? 0) * 1_000 + Math.floor((nanos ?? 0) / 1_000_000);
}

/** The tasks of this minute's search for records that the index lacks. */
async function findLostTasks(
  { runtime: { firestore }, service }: SweepOptions,
  now: Timestamp,
): Promise<OverdueTask[]> {
  const minute = Math.floor(now.toMillis() / MINUTE_MS);
  const { query, isLost } = searchLostRecords({ firestore, service, minute });
  const { docs } = await read(query);
  return docs.filter(isLost).map(overdueTaskOf);
}

function overdueTaskOf(snapshot: QueryDocumentSnapshot): OverdueTask {
  return { ...(snapshot.data() as Omit<OverdueTask, 'taskId'>), taskId: snapshot.id };
}

/** A shard's records of one service that have a due time, most overdue first. */
function openByDueAt(firestore: Firestore, service: string, shard: number): Query {
  // Without payloads and results: a page of them could be 100 MB.
  return taskCollection(firestore)
    .where('shard', '==', shard)
    .where('route.service', '==', service)
    .orderBy('dueAt')
    .select('contract', 'subject', 'queue', 'generation', 'dueAt');
}

/**
 * The overdue ones of such records. The first read is of one record alone: it tells Firestore's time, and most often that
 * nothing is overdue, for the price of one read. The bounds are cursors, since a filter would leave out due times that are
 * no timestamps: the ledger settles their records.
 * @param options.thorough also those whose due time Firestore puts after all timestamps, for one read more
 * @param options.onTime gets Firestore's time
 */
async function* overduePages(
  byDueAt: Query,
  { thorough, onTime }: { thorough: boolean; onTime: (now: Timestamp) => void },
): AsyncGenerator<OverdueTask[]> {
  const probe = await read(byDueAt.limit(1));
  const now = probe.readTime;
  onTime(now);
  const [first] = probe.docs;
  const dueAt: unknown = first?.get('dueAt');
  const isNotYet = dueAt instanceof Timestamp && dueAt.valueOf() > now.valueOf();
  if (first !== undefined && !isNotYet) yield* pagesOf(byDueAt.endAt(now));
  if (thorough) yield* pagesOf(byDueAt.startAfter(LAST_TIME));
}

async function* pagesOf(query: Query): AsyncGenerator<OverdueTask[]> {
  let page = query.limit(PAGE_SIZE);
  for (;;) {
    const { docs } = await read(page);
    yield docs.map(overdueTaskOf);
    const last = docs.at(-1);
    if (last === undefined || docs.length < PAGE_SIZE) return;
    page = query.startAfter(last).limit(PAGE_SIZE);
  }
}

/** Bounded, for the client itself would wait longer than a sweep may take. */
function read(query: Query): Promise<QuerySnapshot> {
  return readStore('overdue tasks', ASK_TIMEOUT_MS, () => query.get());
}

async function eachConcurrently<T>(
  items: readonly T[],
  concurrency: number,
  run: (item: T) => Promise<void>,
): Promise<void> {
  const rest = items[Symbol.iterator]();
  await Promise.all(
    Array.from({ length: concurrency }, async () => {
      for (const item of rest) await run(item);
    }),
  );
}
