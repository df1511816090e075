import type { TaskContract } from './contract.ts';
import { ContractDefinitionError } from './errors.ts';
import type { UpCaster } from './up-caster.ts';

/** Every contract, of every version that may still be in a queue. */
export interface Catalogue {
  readonly contracts: readonly TaskContract[];
  /** The names of the queues that the contracts use, sorted. */
  readonly queues: readonly string[];
  /** One version of a contract, or undefined where there is none. */
  find(name: string, version: number): TaskContract | undefined;
  /** The newest version of a contract, or undefined where there is none of that name. */
  newest(name: string): TaskContract | undefined;
  /** What turns a version's payloads into those of a later one, or undefined where nothing does. */
  upCasterFrom(name: string, version: number): UpCaster | undefined;
}

/**
 * Puts contracts together.
 * @param upCasters from a version to a later one of the same contract; at most one from each
 * @throws {ContractDefinitionError} where two contracts have the same name and version, two up-casters the same origin,
 *   or an up-caster's version is not in the catalogue
 */
export function defineCatalogue(
  contracts: readonly TaskContract[],
  upCasters: readonly UpCaster[] = [],
): Catalogue {
  const byPath = new Map<string, TaskContract>();
  for (const contract of contracts) {
    if (byPath.has(contract.path)) {
      throw new ContractDefinitionError('Catalogue', [
        `${contract.name} v${contract.version} is there twice`,
      ]);
    }
    byPath.set(contract.path, contract);
  }
  const newest = new Map<string, TaskContract>();
  for (const contract of contracts) {
    const other = newest.get(contract.name);
    if (other === undefined || other.version < contract.version) newest.set(contract.name, contract);
  }
  const upCasterByPath = new Map<string, UpCaster>();
  const problems: string[] = [];
  for (const upCaster of upCasters) {
    const { from, to } = upCaster;
    const subject = `the up-caster of ${from.name} v${from.version} to v${to.version}`;
    for (const end of [from, to]) {
      if (byPath.get(end.path) !== end) problems.push(`${subject}: v${end.version} is not in the catalogue`);
    }
    if (upCasterByPath.has(from.path)) problems.push(`${subject}: there is another from v${from.version}`);
    upCasterByPath.set(from.path, upCaster);
  }
  if (problems.length > 0) throw new ContractDefinitionError('Catalogue', problems);
  return {
    contracts: [...contracts],
    queues: [...new Set(contracts.map(({ queue }) => queue))].sort(),
    find: (name, version) => byPath.get(`/tasks/${name}/v${version}`),
    newest: (name) => newest.get(name),
    upCasterFrom: (name, version) => upCasterByPath.get(`/tasks/${name}/v${version}`),
  };
}
