import { ServiceError } from '@waybill/service-kit';
import { CONTENTION } from './ledger/transitions/contention.ts';
import { shorten, summarizeError } from './summarize-error.ts';

/** 30 days, the longest that a scheduled task of Cloud Tasks may wait. */
const MAX_RETRY_AFTER_SECONDS = 2_592_000;

/** Firestore did not answer in time, or could not take the transaction. A retry helps. */
export class StoreUnavailableError extends ServiceError {
  override readonly name = 'StoreUnavailableError';
  constructor(message: string, cause?: unknown) {
    super({ code: 'STORE_UNAVAILABLE', status: 503, message, retryAfterSeconds: 5, cause });
  }
}

/**
 * A transaction met too many others on the same documents, also after the client's own reruns. A retry helps; it is
 * no failure of the code that ran in it.
 */
export class ContentionError extends ServiceError {
  override readonly name = 'ContentionError';
  constructor(message: string, cause?: unknown) {
    super({ code: CONTENTION, status: 503, message, retryAfterSeconds: 2, cause });
  }
}

/** A dedupe key was used before, with another payload. A retry does not help. */
export class TaskKeyConflictError extends ServiceError {
  override readonly name = 'TaskKeyConflictError';
  constructor(contract: string, taskId: string) {
    super({
      code: 'TASK_KEY_CONFLICT',
      status: 409,
      message: `Task "${contract}": its dedupe key was used before with another payload (task ${taskId}); use another key, or the same payload`,
    });
  }
}

/** A task could not be enqueued as asked. A retry does not help. */
export class TaskRefusedError extends ServiceError {
  override readonly name = 'TaskRefusedError';
  constructor(contract: string, problem: string) {
    super({ code: 'TASK_REFUSED', status: 400, message: `Task "${contract}": ${problem}` });
  }
}

/** A handler throws it where no retry can help: the task is dead at once, and its `onDead` compensates. */
export class PermanentError extends Error {
  override readonly name = 'PermanentError';
  readonly code: string;
  readonly retryable = false;

  /** @param code stable, SCREAMING_SNAKE; @param message for operators, without payload values */
  constructor(code: string, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}

/**
 * The code of a handler or of a producer uses the runtime wrongly. Nothing of the transaction or attempt is committed. A
 * retry does not help: change the code as the message says, then replay.
 */
export class MisuseError extends Error {
  override readonly name = 'MisuseError';
  readonly code: string;
  readonly retryable = false;

  /** @param code stable, SCREAMING_SNAKE; @param message the fault, its place and the remedy, without payload values */
  constructor(code: string, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}

/**
 * A handler throws it to be tried again after a time of its own choosing, e.g. one that a provider named. The attempt
 * counts.
 */
export class RetryLaterError extends Error {
  override readonly name = 'RetryLaterError';
  readonly code = 'RETRY_LATER';
  readonly retryable = true;
  readonly retryAfterSeconds: number;

  /**
   * @param retryAfterSeconds up to 2,592,000 (30 days); a task that comes back after its contract's `maxAgeSeconds` is
   *   dead. 0, and what is no number, such as a date in a header: when Cloud Tasks backs off to
   */
  constructor(retryAfterSeconds: number, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.retryAfterSeconds = boundedSeconds(retryAfterSeconds);
  }
}

/** Whether no retry helps against a thrown value: it says so itself. */
export function isPermanent(thrown: unknown): boolean {
  return (thrown as { retryable?: unknown } | null | undefined)?.retryable === false;
}

/** The time that an error asks for, within its bounds also where somebody has set the member since. */
export function retryAfterSecondsOf({ retryAfterSeconds }: RetryLaterError): number {
  return boundedSeconds(retryAfterSeconds);
}

function boundedSeconds(seconds: unknown): number {
  const number = typeof seconds === 'number' || typeof seconds === 'string' ? Number(seconds) : 0;
  return Number.isNaN(number) ? 0 : Math.min(Math.max(0, number), MAX_RETRY_AFTER_SECONDS);
}

/**
 * The call of a step throws it where the call certainly had no effect, so that it may be made again with the same key. In
 * an `atMostOnce` step no other error says so. Its cause decides whether the attempt is retried.
 */
export class StepNotDoneError extends Error {
  override readonly name = 'StepNotDoneError';
  readonly code = 'STEP_NOT_DONE';
}

/**
 * An `atMostOnce` step was begun and its outcome can't be known. The task is dead, without its `onDead`: a person
 * finds out and decides.
 */
export class OutcomeUnknownError extends Error {
  override readonly name = 'OutcomeUnknownError';
  readonly code = 'OUTCOME_UNKNOWN';
  readonly retryable = false;

  constructor(step: string, cause?: unknown) {
    const { retryable } = (cause ?? {}) as { retryable?: unknown };
    // Its author may take it for a refusal, which it does not prove.
    const hint =
      retryable === false
        ? `; its call threw ${summarizeError(cause).code}: only a StepNotDoneError says that nothing has happened`
        : '';
    super(`Step "${step}" may or may not have happened, and must not be repeated blindly${hint}`, { cause });
  }
}

/**
 * A task was to be given up, and the `onDead` that compensates for it failed: it is not given up, and its next delivery
 * tries again. Its record says so.
 */
export class CompensationError extends Error {
  override readonly name = 'CompensationError';
  readonly code = 'COMPENSATION_FAILED';
  readonly retryable = true;

  constructor(taskId: string, cause: unknown) {
    const { code, message } = summarizeError(cause);
    const reason = shorten(`${code}: ${message}`);
    super(`Task ${taskId} can't be given up, for its onDead failed with ${reason}`, { cause });
  }
}

/** A task can't be given up by a service that has no handler for it: nobody would compensate for it. */
export class HandlerMissingError extends Error {
  override readonly name = 'HandlerMissingError';
  readonly code = 'HANDLER_MISSING';
  readonly retryable = true;

  constructor(task: { readonly contract: string; readonly version: number }, service: string) {
    super(
      `The service "${service}" has no handler of ${task.contract} v${task.version}, so its onDead can't run here. ` +
        'Deploy a version of the service that has the handler',
    );
  }
}

/** The task is no longer this attempt's: nothing of it may be written any more. */
export class LostAttemptError extends Error {
  override readonly name = 'LostAttemptError';
  readonly code = 'ATTEMPT_LOST';
  /** The status of the response to its delivery: 200 if the task is terminal, else 409. */
  readonly status: 200 | 409;

  constructor(taskId: string, status: 200 | 409) {
    super(`Task ${taskId} is no longer this attempt's`);
    this.status = status;
  }
}

/** A task can't be changed as an operator asked. A retry does not help; the message says where the task stands. */
export class TaskStateError extends ServiceError {
  override readonly name = 'TaskStateError';
  constructor(taskId: string, action: string, needed: string, state: string) {
    super({
      code: 'TASK_STATE',
      status: 409,
      message: `Task ${taskId} can't be ${action}: it must be ${needed}, and is ${state}`,
    });
  }
}

/** A dead letter can't be replayed before a person says what came of its call. A retry does not help. */
export class VerdictNeededError extends ServiceError {
  override readonly name = 'VerdictNeededError';
  constructor(taskId: string) {
    super({
      code: 'VERDICT_NEEDED',
      status: 409,
      message: `Task ${taskId} has made a call that may or may not have happened: find out, and say which`,
    });
  }
}

/** A dead letter can't be replayed, because its payload was erased. A retry does not help. */
export class PayloadErasedError extends ServiceError {
  override readonly name = 'PayloadErasedError';
  constructor(taskId: string) {
    super({
      code: 'PAYLOAD_ERASED',
      status: 409,
      message: `Task ${taskId} can't be replayed: its payload was erased. Discard it, and enqueue a new task if it is still wanted`,
    });
  }
}

/** A task's record can't be used: a newer worker has written it, or it is corrupt. A retry does not help. */
export class RecordUnreadableError extends ServiceError {
  override readonly name = 'RecordUnreadableError';
  constructor(taskId: string, action: string, problem: { kind: 'unknown' | 'corrupt'; message: string }) {
    const remedy =
      problem.kind === 'unknown'
        ? 'Use a console of the version that wrote it'
        : 'Discard it, and enqueue the task again';
    super({
      code: 'RECORD_UNREADABLE',
      status: 409,
      message: `Task ${taskId} can't be ${action}: its record is ${problem.kind === 'unknown' ? 'of an unknown form' : 'corrupt'}. ${problem.message}. ${remedy}`,
    });
  }
}

/** There is no task of that id. */
export class TaskNotFoundError extends ServiceError {
  override readonly name = 'TaskNotFoundError';
  constructor(taskId: string) {
    super({ code: 'TASK_NOT_FOUND', status: 404, message: `There is no task ${taskId}` });
  }
}

/** A list of tasks can't be given as asked. A retry does not help; the message says what can be. */
export class TaskFilterError extends ServiceError {
  override readonly name = 'TaskFilterError';
  constructor(problem: string) {
    super({ code: 'TASK_FILTER', status: 400, message: `No such list of tasks: ${problem}` });
  }
}
