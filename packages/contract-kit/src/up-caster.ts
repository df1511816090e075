import type { TaskContract } from './contract.ts';
import { ContractDefinitionError } from './errors.ts';

/** Converts the payloads of one version of a contract to those of a later one. */
export interface UpCaster {
  readonly from: TaskContract;
  readonly to: TaskContract;
  /**
   * Converts one payload. It is pure: the same payload gives the same result in every attempt.
   * @throws if the payload cannot be converted
   */
  convert(payload: unknown): unknown;
}

/**
 * Defines how an older payload becomes a newer one. The worker converts it before it calls the handler, which knows the
 * newest version only.
 * @param convert pure and without look-ups: it runs again in every attempt
 * @throws {ContractDefinitionError} unless it leads to a later version of the same contract
 */
export function defineUpCaster<Old, New>(
  from: TaskContract<Old>,
  to: TaskContract<New>,
  convert: (payload: NoInfer<Old>) => NoInfer<New>,
): UpCaster {
  if (from.name !== to.name || from.version >= to.version) {
    throw new ContractDefinitionError('Catalogue', [
      `an up-caster leads to a later version of the same contract, not from ${from.name} v${from.version} to ${to.name} v${to.version}`,
    ]);
  }
  // The payload has been validated against the older contract. The result is validated against the newer one.
  return { from, to, convert: (payload) => convert(payload as Old) };
}
