type AbortCode = 'DEADLINE_EXCEEDED' | 'STOPPING' | 'ATTEMPT_LOST' | 'LEASE_EXPIRED';

/** The reason for which an attempt's signal was aborted. */
export class AttemptAbortedError extends Error {
  override readonly name = 'AttemptAbortedError';
  readonly code: AbortCode;

  constructor(code: AbortCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** Whether an attempt is aborted because its contract's deadline is over. */
export function isDeadline(reason: unknown): boolean {
  return reason instanceof AttemptAbortedError && reason.code === 'DEADLINE_EXCEEDED';
}
