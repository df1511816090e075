import type { Catalogue } from './catalogue.ts';
import type { TaskContract } from './contract.ts';
import { describeViolations, UpCastError } from './errors.ts';

/** The latest version that a contract's payloads can be converted to: the contract itself without an up-caster. */
export function newestReachable(catalogue: Catalogue, contract: TaskContract): TaskContract {
  const upCaster = catalogue.upCasterFrom(contract.name, contract.version);
  return upCaster === undefined ? contract : newestReachable(catalogue, upCaster.to);
}

/**
 * Converts a payload that matches `from` to one that matches `to`, version by version. Each result is validated.
 * @throws {UpCastError} if an up-caster is missing, throws, or returns a payload that violates its contract
 */
export function upCast(
  catalogue: Catalogue,
  from: TaskContract,
  to: TaskContract,
  payload: unknown,
): unknown {
  if (from.path === to.path) return payload;
  const subject = `Task "${from.name}" v${from.version} to v${to.version}`;
  const step = catalogue.upCasterFrom(from.name, from.version);
  if (step === undefined) throw new UpCastError(subject, `there is no up-caster from v${from.version}`);
  let converted: unknown;
  try {
    converted = step.convert(payload);
  } catch (error) {
    // Its message may quote the payload, which is personal data. The cause goes to the log only.
    throw new UpCastError(
      subject,
      `the up-caster to v${step.to.version} threw ${(error as Error)?.name ?? 'an error'}`,
      error,
    );
  }
  const violations = step.to.violations(converted);
  if (violations.length > 0) {
    throw new UpCastError(
      subject,
      `what the up-caster made breaks v${step.to.version}: ${describeViolations(violations)}`,
    );
  }
  return upCast(catalogue, step.to, to, converted);
}
