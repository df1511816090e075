import type { ThrottleSignal } from '../queues/queue-throttle.ts';
import type { PreviousResponse, Target } from '../tasks/task.ts';

/** A task is kept no longer. */
const MAX_WAIT_MS = 31 * 24 * 3_600_000;

/** What came of sending a task to its handler. */
export type DispatchOutcome =
  | {
      readonly kind: 'responded';
      readonly httpStatus: number;
      /** The wait that the header `Retry-After` asks for. */
      readonly retryAfterMs?: number;
    }
  /** No answer by the task's deadline. */
  | { readonly kind: 'timedOut' }
  /** The request never got an answer: refused, reset, no such host, or it could not even be sent. */
  | { readonly kind: 'unreachable'; readonly reason: string }
  /** The emulator is closing: the attempt stays open, and the task is sent again after the restart. */
  | { readonly kind: 'abandoned' };

/** An outcome in the terms of the Cloud Tasks API. */
export interface AttemptResult {
  readonly succeeded: boolean;
  readonly responded: boolean;
  /** Whether the `…-TaskExecutionCount` header counts it. */
  readonly countsAsExecution: boolean;
  /** google.rpc.Status of the attempt. */
  readonly code: number;
  readonly message: string;
  /** The cause in words, where no response came. */
  readonly cause?: string;
  /** What the next attempt's headers say about this one. */
  readonly previousResponse: PreviousResponse;
}

/** An attempt that brought no answer, as App Engine reports it to the next one. */
const NO_INSTANCE: PreviousResponse = { status: 0, reason: 'Instance Unavailable' };

/**
 * Judges an attempt as the live service was recorded to do. App Engine targets count every response as an execution
 * and give a reason. HTTP targets count no 5xx, neither as a response nor as an execution, and give an empty reason.
 * Only 2xx is success.
 */
export function toAttemptResult(
  kind: Target['kind'],
  outcome: Exclude<DispatchOutcome, { kind: 'abandoned' }>,
): AttemptResult {
  if (outcome.kind === 'responded') {
    const { httpStatus } = outcome;
    const [code, name] = rpcCode(httpStatus);
    const counts = kind === 'appEngine' || httpStatus < 500;
    return {
      succeeded: httpStatus >= 200 && httpStatus < 300,
      responded: counts,
      countsAsExecution: counts,
      code,
      message: code === 0 ? '' : `${name}(${code}): HTTP status code ${httpStatus}`,
      previousResponse: { status: httpStatus, reason: kind === 'appEngine' ? 'App Error' : '' },
    };
  }
  const noResponse = { succeeded: false, responded: false, countsAsExecution: false };
  if (outcome.kind === 'timedOut') {
    return {
      ...noResponse,
      code: 4,
      message: 'DEADLINE_EXCEEDED(4): HTTP status code 504',
      cause: 'no response by the dispatch deadline',
      previousResponse: kind === 'appEngine' ? NO_INSTANCE : { status: 504, reason: '' },
    };
  }
  const previousResponse = previousOfLostAttempt(kind);
  return kind === 'appEngine'
    ? { ...noResponse, code: 14, message: `UNAVAILABLE(14): ${outcome.reason}`, previousResponse }
    : {
        ...noResponse,
        code: 2,
        message: 'UNKNOWN(2): HTTP status code 0',
        cause: outcome.reason,
        previousResponse,
      };
}

/** The signal of an attempt about the load of its target: 429 is a sign of it only from an HTTP target. */
export function throttleSignal(kind: Target['kind'], outcome: DispatchOutcome): ThrottleSignal {
  if (outcome.kind !== 'responded') return outcome.kind === 'abandoned' ? 'succeeded' : 'failed';
  const { httpStatus } = outcome;
  if (httpStatus === 503 || (httpStatus === 429 && kind === 'http')) return 'overloaded';
  return httpStatus >= 500 ? 'failed' : 'succeeded';
}

/** How long a response of 429 or 503 asks to wait, in milliseconds; 0 where it does not ask. */
export function askedWaitMs(outcome: DispatchOutcome): number {
  if (outcome.kind !== 'responded' || ![429, 503].includes(outcome.httpStatus)) return 0;
  return Math.min(MAX_WAIT_MS, outcome.retryAfterMs ?? 0);
}

/** What an attempt is told about the one before, if that one's end isn't known: the emulator was killed. */
export function previousOfLostAttempt(kind: Target['kind']): PreviousResponse {
  return kind === 'appEngine' ? NO_INSTANCE : { status: 503, reason: '' };
}

/** The google.rpc.Code of an HTTP status, as recorded from the live service. */
function rpcCode(httpStatus: number): [code: number, name: string] {
  const exact: Record<number, [number, string]> = {
    400: [3, 'INVALID_ARGUMENT'],
    401: [16, 'UNAUTHENTICATED'],
    403: [7, 'PERMISSION_DENIED'],
    404: [5, 'NOT_FOUND'],
    409: [10, 'ABORTED'],
    429: [8, 'RESOURCE_EXHAUSTED'],
    499: [1, 'CANCELLED'],
    501: [12, 'UNIMPLEMENTED'],
    503: [14, 'UNAVAILABLE'],
    504: [4, 'DEADLINE_EXCEEDED'],
  };
  const known = exact[httpStatus];
  if (known !== undefined) return known;
  if (httpStatus >= 200 && httpStatus < 300) return [0, 'OK'];
  if (httpStatus >= 500) return [13, 'INTERNAL'];
  if (httpStatus >= 400) return [9, 'FAILED_PRECONDITION'];
  return [2, 'UNKNOWN'];
}
