/** One thing that is wrong with a payload. It names kinds of things, never values: payloads hold personal data. */
export interface Violation {
  /** JSON pointer (RFC 6901) into the payload; '' is the payload itself. */
  readonly pointer: string;
  /** What was expected there, and what kind of thing was there: `must be integer, got string`. */
  readonly message: string;
}

/** Violations as one line: `/amount must be integer, got string; /orderId is required`. */
export function describeViolations(violations: readonly Violation[]): string {
  return violations.map(({ pointer, message }) => `${pointer || '/'} ${message}`).join('; ');
}

/**
 * A payload does not match its contract. A retry does not help: the producer refuses to enqueue it, and the worker
 * records the task as dead.
 */
export class ContractViolationError extends Error {
  override readonly name = 'ContractViolationError';
  readonly code = 'CONTRACT_VIOLATION';
  readonly retryable = false;
  readonly violations: readonly Violation[];

  /** @param subject what was checked, e.g. `Task "charge-payment" v1` */
  constructor(subject: string, violations: readonly Violation[]) {
    super(`${subject}: ${describeViolations(violations)}`);
    this.violations = violations;
  }
}

/** A contract, or the catalogue, is written wrongly. It stops the start, naming every problem. */
export class ContractDefinitionError extends Error {
  override readonly name = 'ContractDefinitionError';
  readonly code = 'CONTRACT_DEFINITION';
  readonly retryable = false;

  constructor(subject: string, problems: readonly string[], cause?: unknown) {
    super(`${subject}: ${problems.join('; ')}`, { cause });
  }
}

/**
 * An older payload could not be turned into its contract's newest version: the up-caster threw, or made something that
 * breaks the newer schema. A retry does not help; a replay does, once the up-caster is mended.
 */
export class UpCastError extends Error {
  override readonly name = 'UpCastError';
  readonly code = 'UP_CAST_FAILED';
  readonly retryable = false;

  /** @param subject what was up-cast, e.g. `Task "charge-payment" v1 to v2` */
  constructor(subject: string, problem: string, cause?: unknown) {
    super(`${subject}: ${problem}`, { cause });
  }
}
