/** One problem of a payload. It names types, never values, because payloads hold personal data. */
export interface Violation {
  /** JSON pointer (RFC 6901) into the payload; '' is the payload itself. */
  readonly pointer: string;
  /** The expectation, and the type of the value: `must be integer, got string`. */
  readonly message: string;
}

/** Violations as one line: `/amount must be integer, got string; /orderId is required`. */
export function describeViolations(violations: readonly Violation[]): string {
  return violations.map(({ pointer, message }) => `${pointer || '/'} ${message}`).join('; ');
}

/**
 * Thrown for a payload that does not match its contract. A retry does not help: the producer refuses to enqueue it, and the
 * worker records the task as dead.
 */
export class ContractViolationError extends Error {
  override readonly name = 'ContractViolationError';
  readonly code = 'CONTRACT_VIOLATION';
  readonly retryable = false;
  readonly violations: readonly Violation[];

  /** @param subject the checked task: `Task "charge-payment" v1` */
  constructor(subject: string, violations: readonly Violation[]) {
    super(`${subject}: ${describeViolations(violations)}`);
    this.violations = violations;
  }
}

/** Thrown at the start for an invalid contract or catalogue, with all problems. */
export class ContractDefinitionError extends Error {
  override readonly name = 'ContractDefinitionError';
  readonly code = 'CONTRACT_DEFINITION';
  readonly retryable = false;
  /** The contract or catalogue: `Task "charge-payment" v1`. */
  readonly subject: string;
  readonly problems: readonly string[];

  constructor(subject: string, problems: readonly string[], cause?: unknown) {
    super(`${subject}: ${problems.join('; ')}`, { cause });
    this.subject = subject;
    this.problems = problems;
  }
}

/** Thrown for a schema that is outside of the project's dialect of JSON Schema 2020-12, with all problems. */
export class SchemaDialectError extends Error {
  override readonly name = 'SchemaDialectError';
  readonly code = 'SCHEMA_DIALECT';
  readonly retryable = false;
  readonly problems: readonly string[];

  constructor(problems: readonly string[], cause?: unknown) {
    super(problems.join('; '), { cause });
    this.problems = problems;
  }
}

/**
 * Thrown for an older payload that cannot be converted to its contract's newest version: the up-caster threw, or its result
 * violates the newer schema. A retry does not help. A replay does, once the up-caster is corrected.
 */
export class UpCastError extends Error {
  override readonly name = 'UpCastError';
  readonly code = 'UP_CAST_FAILED';
  readonly retryable = false;

  /** @param subject the converted task: `Task "charge-payment" v1 to v2` */
  constructor(subject: string, problem: string, cause?: unknown) {
    super(`${subject}: ${problem}`, { cause });
  }
}
