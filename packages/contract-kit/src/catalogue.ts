import { MAX_SHARDS, physicalNames, physicalQueueOfTask } from '@waybill/google-config/shards';
import type { TaskContract } from './contract.ts';
import { ContractDefinitionError } from './errors.ts';
import type { UpCaster } from './up-caster.ts';

/** Number of Cloud Tasks queues that a queue is divided into, by its name. A queue without an entry is not divided. */
export type QueueShards = Readonly<Record<string, number>>;

/** The versions of one contract that may still be in a queue, and the up-casters between them. */
export interface ContractVersions {
  readonly contracts: readonly TaskContract[];
  readonly upCasters: readonly UpCaster[];
}

/** All contracts, in every version that may still be in a queue. */
export interface Catalogue {
  readonly contracts: readonly TaskContract[];
  /** The names of the queues that the contracts use, sorted. */
  readonly queues: readonly string[];
  /** The same queues as they are named in Cloud Tasks: the shards of a divided one. */
  readonly physicalQueues: readonly string[];
  /** The App Engine services that the contracts belong to, sorted. */
  readonly services: readonly string[];
  /** The contracts of one service, in every version; none for a service that has none. */
  ofService(service: string): readonly TaskContract[];
  /** One version of a contract, or undefined if there is none. */
  find(name: string, version: number): TaskContract | undefined;
  /** The newest version of a contract, or undefined if there is none of that name. */
  newest(name: string): TaskContract | undefined;
  /** The up-caster from a version to a later one, or undefined if there is none. */
  upCasterFrom(name: string, version: number): UpCaster | undefined;
  /** The queue in Cloud Tasks for a task of a queue: of a divided one, the shard for the task's id. */
  physicalQueueOf(queue: string, taskId: string): string;
}

/**
 * Defines a catalogue of contracts.
 * @param upCasters at most one from each version, to a later one of the same contract
 * @param shards number of shards of each divided queue
 * @throws {ContractDefinitionError} if two contracts have the same name and version, two up-casters start at the same
 *   version, an up-caster's version is not in the catalogue, or a number of shards is out of range
 */
export function defineCatalogue(
  contracts: readonly TaskContract[],
  upCasters: readonly UpCaster[] = [],
  shards: QueueShards = {},
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
  const queues = [...new Set(contracts.map(({ queue }) => queue))].sort();
  const shardsOf = new Map(Object.entries(shards));
  for (const [queue, count] of shardsOf) {
    if (Number.isInteger(count) && count >= 2 && count <= MAX_SHARDS) continue;
    problems.push(`queue ${queue} must have from 2 to ${MAX_SHARDS} shards, or none, got ${count}`);
  }
  if (problems.length > 0) throw new ContractDefinitionError('Catalogue', problems);
  return {
    contracts: [...contracts],
    queues,
    physicalQueues: queues.flatMap((queue) => physicalNames(queue, shardsOf.get(queue))),
    services: [...new Set(contracts.map(({ service }) => service))].sort(),
    ofService: (service) => contracts.filter((contract) => contract.service === service),
    find: (name, version) => byPath.get(`/tasks/${name}/v${version}`),
    newest: (name) => newest.get(name),
    upCasterFrom: (name, version) => upCasterByPath.get(`/tasks/${name}/v${version}`),
    physicalQueueOf: (queue, taskId) => physicalQueueOfTask(queue, shardsOf.get(queue), taskId),
  };
}
