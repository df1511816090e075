import type { Catalogue } from './catalogue.ts';
import type { TaskContract } from './contract.ts';
import { ContractDefinitionError, describeViolations, UpCastError } from './errors.ts';

/** Turns the payloads of one version of a contract into those of a later one. */
export interface UpCaster {
  readonly from: TaskContract;
  readonly to: TaskContract;
  /**
   * Pure: the same payload gives the same result in every attempt.
   * @throws whatever keeps the payload from being turned
   */
  convert(payload: unknown): unknown;
}

/**
 * Says how an older payload becomes a newer one. The worker does that before the handler, which knows the newest version
 * only.
 * @param convert pure, and without looking anything up: it is run again in every attempt
 * @throws {ContractDefinitionError} unless it leads to a later version of the same contract
 */
export function defineUpCaster<Old, New>(
  from: TaskContract<Old>,
  to: TaskContract<New>,
  convert: (payload: Old) => New,
): UpCaster {
  if (from.name !== to.name || from.version >= to.version) {
    throw new ContractDefinitionError('Catalogue', [
      `an up-caster leads to a later version of the same contract, not from ${from.name} v${from.version} to ${to.name} v${to.version}`,
    ]);
  }
  // What comes in has been validated against the older contract; what goes out is validated against the newer.
  return { from, to, convert: (payload) => convert(payload as Old) };
}

/** The latest version that a contract's payloads can be turned into: the contract itself where there is no up-caster. */
export function newestReachable(catalogue: Catalogue, contract: TaskContract): TaskContract {
  const upCaster = catalogue.upCasterFrom(contract.name, contract.version);
  return upCaster === undefined ? contract : newestReachable(catalogue, upCaster.to);
}

/**
 * Turns a payload that matches `from` into one that matches `to`, step by step, validating what each step makes.
 * @throws {UpCastError} if a step is missing, throws, or makes something that breaks its contract
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
    // Its message may quote the payload, which is personal; the cause goes to the log alone.
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
