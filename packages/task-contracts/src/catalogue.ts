import type { TaskContract } from './contract.ts';
import { ContractDefinitionError } from './errors.ts';

/** Every contract, of every version that may still be in a queue. */
export interface Catalogue {
  readonly contracts: readonly TaskContract[];
  /** The names of the queues that the contracts use, sorted. */
  readonly queues: readonly string[];
  /** One version of a contract, or undefined where there is none. */
  find(name: string, version: number): TaskContract | undefined;
  /** The newest version of a contract, or undefined where there is none of that name. */
  newest(name: string): TaskContract | undefined;
}

/**
 * Puts contracts together.
 * @throws {ContractDefinitionError} where two have the same name and version
 */
export function defineCatalogue(contracts: readonly TaskContract[]): Catalogue {
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
  return {
    contracts: [...contracts],
    queues: [...new Set(contracts.map(({ queue }) => queue))].sort(),
    find: (name, version) => byPath.get(`/tasks/${name}/v${version}`),
    newest: (name) => newest.get(name),
  };
}
