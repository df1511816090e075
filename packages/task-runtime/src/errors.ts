import { ServiceError } from '@waybill/service-kit';

/** Firestore did not answer in time, or could not take the transaction. A retry helps. */
export class StoreUnavailableError extends ServiceError {
  override readonly name = 'StoreUnavailableError';
  constructor(message: string, cause?: unknown) {
    super({ code: 'STORE_UNAVAILABLE', status: 503, message, retryAfterSeconds: 5, cause });
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
 * The call of an `atMostOnce` step throws it where the call certainly had no effect, so that it may be made again.
 * Its cause decides whether the attempt is retried.
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
    super(`Step "${step}" may or may not have happened, and must not be repeated blindly`, { cause });
  }
}

/** The task is no longer this attempt's: nothing of it may be written any more. */
export class LostAttemptError extends Error {
  override readonly name = 'LostAttemptError';
  readonly code = 'ATTEMPT_LOST';
  /** What its delivery is to be answered: 200 if the task is terminal, else 409. */
  readonly status: 200 | 409;

  constructor(taskId: string, status: 200 | 409) {
    super(`Task ${taskId} is no longer this attempt's`);
    this.status = status;
  }
}
