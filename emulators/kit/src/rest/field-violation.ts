/** One problem of a request. `field` is absent where the request as a whole is at fault. */
export interface FieldViolation {
  readonly field?: string;
  readonly description: string;
}

/**
 * Thrown for a request that cannot be read: INVALID_ARGUMENT in Google's APIs. Sending the same request again does not
 * help.
 */
export class RestRequestError extends Error {
  override readonly name = 'RestRequestError';
  readonly code = 'INVALID_ARGUMENT';
  readonly retryable = false;
  /** Empty where the message says everything. */
  readonly violations: readonly FieldViolation[];

  constructor(message: string, violations: readonly FieldViolation[] = []) {
    super(message);
    this.violations = violations;
  }
}
