import type { Logger } from '@waybill/service-kit';
import { Status } from 'google-gax';
import { withDetachedErrors } from '../detached-errors.ts';
import {
  ContentionError,
  isPermanent,
  LostAttemptError,
  PermanentError,
  RetryLaterError,
  retryAfterSecondsOf,
  TaskRefusedError,
} from '../errors.ts';
import type { Compensate } from '../ledger/give-up-task.ts';
import type { Settled } from '../ledger/ledger-results.ts';
import type { TaskLedger } from '../ledger/task-ledger.ts';
import type { TaskRecord } from '../ledger/task-record.ts';
import { subjectOfTask } from '../ledger/task-subject.ts';
import type { TaskTransaction } from '../ledger/task-transaction.ts';
import type { AttemptFailure } from '../ledger/transitions/attempt.ts';
import { CONTENTION } from '../ledger/transitions/contention.ts';
import { LEASE_MS } from '../ledger/transitions/due-times.ts';
import type { HeldAttempt } from '../ledger/unclaimed-attempt.ts';
import { reportLateCall } from '../report-late-call.ts';
import { readableError, summarizeError } from '../summarize-error.ts';
import { AttemptAbortedError, isDeadline } from './attempt-aborted-error.ts';
import { AttemptHold } from './attempt-hold.ts';
import { AttemptSteps } from './attempt-steps.ts';
import { AttemptWrites } from './attempt-writes.ts';
import { outcomeOf } from './finish-outcome.ts';
import { startHeartbeat } from './heartbeat.ts';
import type { TaskDelivery } from './task-delivery.ts';
import type { TaskContext, TaskHandler } from './task-handler.ts';
import { untilLeftBehind } from './until-left-behind.ts';

/** An attempt's times, in milliseconds. */
export interface AttemptTiming {
  /** A clock that never jumps, for the lease. */
  readonly monotonicMs: () => number;
  /** The interval between two signs of life. */
  readonly heartbeatMs: number;
  /** Time after which the claim of a task's first attempt is written, if it is still running then. */
  readonly claimAfterMs: number;
  /** Time that a handler may go on after its signal was aborted, before it is left behind. */
  readonly abortGraceMs: number;
  /** Time that a handler may go on once the process shuts down. */
  readonly stopGraceMs: number;
}

export const DEFAULT_TIMING: AttemptTiming = {
  monotonicMs: () => performance.now(),
  // A third of the lease: two signs of life may fail before anybody takes over.
  heartbeatMs: LEASE_MS / 3,
  claimAfterMs: 1_000,
  abortGraceMs: 1_000,
  // A process has 10 s to end, and after this the attempt is still to be handed back.
  stopGraceMs: 4_000,
};

/** A finish of either form: the outcome is known before its transaction, or found in it. */
type Finish = (
  work: (transaction: TaskTransaction) => Promise<unknown>,
  options?: { readonly outcome?: string | undefined },
) => Promise<void>;

/** Settings of one attempt. */
export interface AttemptOptions {
  readonly ledger: TaskLedger;
  readonly handler: TaskHandler;
  readonly onDead: Compensate;
  readonly attempt: HeldAttempt;
  /** The record as claimed. */
  readonly record: TaskRecord;
  /** When the claim was sent, by the clock of `timing`. */
  readonly claimSentAtMs: number;
  readonly delivery: TaskDelivery;
  readonly logger: Logger;
  /** Aborted at shutdown. */
  readonly stopping: AbortSignal;
  readonly timing: AttemptTiming;
}

/**
 * Runs a handler for a claimed task, keeps its lease alive, and settles how it ended.
 * @throws {LostAttemptError} if the task was taken over meanwhile: nothing of this attempt was written
 * @throws {ContentionError} if not even the hand-back could be written beside other transactions: the lease expires, and
 *   another attempt follows
 * @throws {StoreUnavailableError} if the end could not be written: the lease expires, and another attempt follows
 */
export async function runAttempt(options: AttemptOptions): Promise<Settled> {
  const { ledger, handler, attempt, record, logger, timing } = options;
  const { taskId, attemptId } = attempt;
  const { contract } = handler;
  const abort = new AbortController();
  const { signal } = abort;
  const timers = new Set<NodeJS.Timeout>();
  const after = (delayMs: number, run: () => void): void => {
    timers.add(setTimeout(run, delayMs));
  };

  const writes = new AttemptWrites(record.steps, (made) => ledger.recordSteps(taskId, attemptId, made));
  let settled: Settled | undefined;
  const hold = new AttemptHold({
    ledger,
    attempt,
    monotonicMs: timing.monotonicMs,
    claimSentAtMs: options.claimSentAtMs,
    onLeaseOver: () => abort.abort(leaseExpired()),
  });
  const holdTask = async (): Promise<void> => {
    await writes.track(hold.claim());
    hold.checkLease();
  };
  const steps = new AttemptSteps({ taskId, record, signal, writes, holdTask, logger });
  const heartbeat = startHeartbeat({
    beat: () => writes.run(() => hold.keepAlive()),
    logger,
    intervalMs: timing.heartbeatMs,
    isSettled: () => settled !== undefined,
    onLost: ({ message }) => abort.abort(new AttemptAbortedError('ATTEMPT_LOST', message)),
  });
  if (attempt.unclaimed !== undefined) after(timing.claimAfterMs, heartbeat.beatNow);
  after(contract.deadlineSeconds * 1_000, () => abort.abort(deadlineExceeded(contract.deadlineSeconds)));
  const stop = (): void =>
    after(timing.stopGraceMs, () =>
      abort.abort(new AttemptAbortedError('STOPPING', 'The process is about to end')),
    );
  if (options.stopping.aborted) stop();
  else options.stopping.addEventListener('abort', stop, { once: true });

  let finishing = false;
  let finishError: unknown;
  let isHandled = false;
  let hasReturned = false;
  const notAwaited = (): TaskRefusedError =>
    new TaskRefusedError(contract.name, 'its handler did not wait for finish(): await it');
  const makeFinish: Finish = async (work, finishOptions = {}) => {
    if (finishing) throw new TaskRefusedError(contract.name, 'its handler called finish() twice');
    finishing = true;
    steps.beginFinish();
    // Too late is too late: what the signal stopped must not be finished behind its back.
    signal.throwIfAborted();
    settled = await writes.run(async () => {
      return await ledger.finish(
        await hold.settled(),
        async (transaction) => {
          const found = outcomeOf('work', await steps.unlessLate(work(transaction)));
          steps.assertRight();
          if (isHandled) throw notAwaited();
          const outcome = found ?? outcomeOf('options', finishOptions);
          checkOutcome(handler, outcome);
          return outcome;
        },
        () => steps.beginCommit(),
      );
    });
    heartbeat.stop();
    steps.endFinish();
  };
  const context: TaskContext = {
    taskId,
    subject: subjectOfTask(taskId, record, contract),
    attempt: record.attempts,
    delivery: options.delivery,
    signal,
    logger,
    step: steps.step,
    finish: (work: Parameters<Finish>[0], finishOptions?: Parameters<Finish>[1]) =>
      handled(
        makeFinish(work, finishOptions).catch((error: unknown) => {
          finishError ??= error;
          if (!hasReturned) throw error;
          return refuseLateFinish(options, error, settled !== undefined);
        }),
      ),
  };

  try {
    const handling = withDetachedErrors(
      async () => await handler.handle(JSON.parse(record.payload), context),
      (error) => steps.failDetached(error),
    );
    await untilLeftBehind(steps.unlessLate(handling), {
      signal,
      graceMs: timing.abortGraceMs,
      writes,
    });
    hasReturned = true;
    if (!finishing) await makeFinish(async () => {});
    isHandled = true;
    if (settled === undefined) throw finishError ?? notAwaited();
    return settled;
  } catch (caught) {
    const thrown = readableError(caught);
    // A wrong use that the handler has caught is still the reason: no retry mends it.
    const error = steps.misuse ?? thrown;
    // What is committed is committed, whatever the handler does afterwards.
    if (settled !== undefined) {
      logger.error('task handler failed after its finish', { event: 'task.failed-after-finish', error });
      return settled;
    }
    steps.endFailed(thrown);
    if (thrown instanceof LostAttemptError) throw thrown;
    await steps.ended();
    const reason: unknown = signal.aborted ? signal.reason : error;
    const failure = describeFailure(reason, error);
    logFailure(logger, failure, error);
    return await writeFailure(options, { writes, hold }, failure);
  } finally {
    heartbeat.stop();
    hold.release();
    for (const timer of timers) clearTimeout(timer);
    options.stopping.removeEventListener('abort', stop);
  }
}

/** Writes how an attempt failed, after its other writes. A hand-back at shutdown waits for these only shortly. */
async function writeFailure(
  options: AttemptOptions,
  { writes, hold }: { writes: AttemptWrites; hold: AttemptHold },
  failure: AttemptFailure,
): Promise<Settled> {
  if (failure.kind !== 'stopping') {
    return await writes.run(async () => settleFailure(options, await hold.settled(), failure));
  }
  const { abortGraceMs } = options.timing;
  return await writes.runSoon(() => settleFailure(options, hold.attempt, failure), abortGraceMs);
}

/** Records a failure; hands the attempt back where other transactions hold what its compensation needs. */
async function settleFailure(
  options: AttemptOptions,
  attempt: HeldAttempt,
  failure: AttemptFailure,
): Promise<Settled> {
  const { ledger, onDead } = options;
  const { contract } = options.handler;
  try {
    return await ledger.fail(attempt, failure, contract, onDead);
  } catch (error) {
    if (!(error instanceof ContentionError) || failure.kind === 'contention') throw error;
    const contention: AttemptFailure = { kind: 'contention', ...summarizeError(error) };
    logFailure(options.logger, contention, error);
    return await ledger.fail(attempt, contention, contract, onDead);
  }
}

/** @throws {PermanentError} if a handler ends with an outcome that its contract does not declare */
function checkOutcome({ contract, outcomes }: TaskHandler, outcome: string | undefined): void {
  if (outcome === undefined || outcomes.includes(outcome)) return;
  const declared = outcomes.length === 0 ? 'none' : outcomes.join(', ');
  throw new PermanentError(
    'OUTCOME_UNDECLARED',
    `The handler finished with the outcome "${outcome}", and ${contract.name} v${contract.version} declares ${declared}: add it to the contract's outcomes`,
  );
}

function deadlineExceeded(deadlineSeconds: number): AttemptAbortedError {
  const message = `The handler did not end within ${deadlineSeconds} s`;
  return new AttemptAbortedError('DEADLINE_EXCEEDED', message);
}

function leaseExpired(): AttemptAbortedError {
  const message = `No sign of life was recorded for ${LEASE_MS / 1_000} s: another attempt may have begun`;
  return new AttemptAbortedError('LEASE_EXPIRED', message);
}

/**
 * Refuses a finish whose handler has returned. It never settles: nobody awaits it, and its error would end the process.
 * @param isSettled whether the task is finished without it; else the attempt fails with the error
 */
function refuseLateFinish(
  { logger, handler, attempt }: AttemptOptions,
  error: unknown,
  isSettled: boolean,
): Promise<never> {
  if (isSettled) {
    const task = { taskId: attempt.taskId, contract: handler.contract.name };
    reportLateCall(logger, summarizeError(error), task);
  }
  return new Promise(() => {});
}

/** Marks a promise as handled: a handler that does not await it learns so at its end, and the process stays alive. */
function handled<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}

/** @param reason why the attempt ended: its signal's reason if that was aborted, else `error`, which was thrown */
function describeFailure(reason: unknown, error: unknown): AttemptFailure {
  const permanent = isPermanent(error);
  // What is known for good stays so, whatever stopped the attempt meanwhile.
  const told = permanent ? error : reason;
  const described = summarizeError(told);
  if (permanent) return { kind: 'permanent', ...described };
  if (told instanceof AttemptAbortedError && told.code === 'STOPPING')
    return { kind: 'stopping', ...described };
  if (isContention(told)) return { kind: 'contention', ...described, code: CONTENTION };
  // The wait for the locks of others is what took the time.
  if (isDeadline(told) && isContention(error)) {
    return { kind: 'contention', ...summarizeError(error), code: CONTENTION };
  }
  if (told instanceof RetryLaterError) {
    return { kind: 'retryable', retryAfterSeconds: retryAfterSecondsOf(told), ...described };
  }
  return { kind: 'retryable', ...described };
}

/** Whether the runtime's transactions, or one that a handler runs by itself, lost against others until the client gave up. */
function isContention(error: unknown): boolean {
  const { code } = (error ?? {}) as { code?: unknown };
  return error instanceof ContentionError || code === Status.ABORTED;
}

function logFailure(logger: Logger, failure: AttemptFailure, error: unknown): void {
  const fields = { event: 'task.attempt-failed', kind: failure.kind, code: failure.code, error };
  const handedBack = failure.kind === 'stopping' || failure.kind === 'contention';
  if (handedBack) logger.info('task attempt handed back', fields);
  else logger.warning('task attempt failed', fields);
}
