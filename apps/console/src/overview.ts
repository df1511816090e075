import type { Catalogue } from '@waybill/contract-kit';
import type { Logger } from '@waybill/service-kit';
import type { QueueLoad, TaskSearch } from '@waybill/task-runtime';
import type { QueueDesk, QueueSettings } from './queue-desk.ts';

/** A queue, with what Cloud Tasks and the ledger say of it. */
export interface QueueView extends QueueLoad {
  readonly name: string;
  /** Null: the contracts use it, but Cloud Tasks has none of that name, or does not answer. */
  readonly settings: QueueSettings | null;
  /** Dead letters of the contracts that use it, of all its shards together. */
  readonly dead: number;
  readonly deadLastHour: number;
}

/** Five minutes of the last hour. */
export interface ChartBar {
  readonly fromMs: number;
  readonly enqueued: number;
  readonly died: number;
}

/** The queues, and whether Cloud Tasks told of them. */
export interface QueueViews {
  readonly queues: readonly QueueView[];
  /** Then nothing is known of any queue's settings, and only those of the contracts are listed. */
  readonly isCloudTasksAway: boolean;
}

/** How everything stands. */
export interface Overview extends QueueViews {
  readonly readAtMs: number;
  readonly overdue: number;
  /** Pending after an error. */
  readonly failing: number;
  readonly dead: number;
  readonly chart: readonly ChartBar[];
}

/** A version of a contract, and how many of its tasks are where. */
export interface ContractView {
  readonly name: string;
  readonly version: number;
  readonly description: string;
  readonly isNewest: boolean;
  readonly queue: string;
  readonly pending: number;
  readonly running: number;
  readonly dead: number;
}

/** The contracts that this console knows, and the tasks of all others, as they are during a roll-out. */
export interface ContractViews {
  readonly contracts: readonly ContractView[];
  readonly others: Pick<ContractView, 'pending' | 'running' | 'dead'>;
}

const BARS = 12;
const BAR_MS = 5 * 60_000;
const HOUR_MS = BARS * BAR_MS;

/** What the overviews read. */
export interface OverviewSources {
  readonly search: TaskSearch;
  readonly desk: QueueDesk;
  readonly catalogue: Catalogue;
  readonly logger: Pick<Logger, 'warning'>;
}

/** Reads how everything stands: 5 reads for a queue, 2 for a contract, 28 more; a thousand counted tasks are one read. */
export async function readOverview(sources: OverviewSources): Promise<Overview> {
  const { search } = sources;
  const readAtMs = await search.now();
  const firstMs = Math.floor(readAtMs / BAR_MS) * BAR_MS - HOUR_MS + BAR_MS;
  const chart = Promise.all(
    Array.from({ length: BARS }, async (_, index): Promise<ChartBar> => {
      const fromMs = firstMs + index * BAR_MS;
      const time = { sinceMs: fromMs, untilMs: fromMs + BAR_MS };
      const [enqueued, died] = await Promise.all([search.countEnqueued(time), search.countDead(time)]);
      return { fromMs, enqueued, died };
    }),
  );
  const [views, overdue, failing, dead, bars] = await Promise.all([
    readQueues(sources, readAtMs),
    search.countOverdue(readAtMs),
    search.countFailing(),
    search.countDead(),
    chart,
  ]);
  return { readAtMs, ...views, overdue, failing, dead, chart: bars };
}

/** Reads how the queues stand: those in Cloud Tasks, as far as that answers, and those that contracts use. */
export async function readQueues(sources: OverviewSources, nowMs: number): Promise<QueueViews> {
  const { search, desk, catalogue, logger } = sources;
  const listed = await desk.list().catch((error: unknown) => {
    // All the rest is Firestore's, and just then it is wanted.
    logger.warning('queues not had from Cloud Tasks', { error });
    return undefined;
  });
  const settings = new Map((listed ?? []).map((queue) => [queue.name, queue]));
  const names = [...new Set([...settings.keys(), ...catalogue.physicalQueues])].sort();
  const contracts = [...new Map(catalogue.contracts.map((contract) => [contract.name, contract])).values()];
  const deaths = await Promise.all(
    contracts.map(async ({ name, queue }) => {
      const [all, lastHour] = await Promise.all([
        search.countDead({ contract: name }),
        search.countDead({ contract: name, sinceMs: nowMs - HOUR_MS }),
      ]);
      return { queue, all, lastHour };
    }),
  );
  const queues = await Promise.all(
    names.map(async (name) => {
      const own = deaths.filter(({ queue }) => isPartOf(queue, name));
      return {
        name,
        settings: settings.get(name) ?? null,
        ...(await search.queueLoad(name, nowMs)),
        dead: own.reduce((sum, { all }) => sum + all, 0),
        deadLastHour: own.reduce((sum, { lastHour }) => sum + lastHour, 0),
      };
    }),
  );
  return { queues, isCloudTasksAway: listed === undefined };
}

/** Reads where the tasks of each contract's versions are: 3 reads for a version, and 3 more. */
export async function readContracts({ search, catalogue }: OverviewSources): Promise<ContractViews> {
  const contracts = await Promise.all(
    catalogue.contracts.map(async ({ name, version, description, queue }) => {
      const [pending, running, dead] = await Promise.all([
        search.countOfVersion(name, version, 'pending'),
        search.countOfVersion(name, version, 'running'),
        search.countOfVersion(name, version, 'dead'),
      ]);
      const isNewest = catalogue.newest(name)?.version === version;
      return { name, version, description, isNewest, queue, pending, running, dead };
    }),
  );
  const [pending, running, dead] = await Promise.all([
    search.countInState('pending'),
    search.countInState('running'),
    search.countDead(),
  ]);
  const rest = (all: number, state: 'pending' | 'running' | 'dead'): number =>
    // Counted after the others, and tasks move meanwhile.
    Math.max(
      0,
      contracts.reduce((left, contract) => left - contract[state], all),
    );
  return {
    contracts,
    others: {
      pending: rest(pending, 'pending'),
      running: rest(running, 'running'),
      dead: rest(dead, 'dead'),
    },
  };
}

/** The names of the contracts whose tasks the sweep sends again after a purge of that queue. */
export function purgeSurvivors(catalogue: Catalogue, physicalQueue: string): string[] {
  const survivors = catalogue.contracts.filter(
    ({ queue, survivesPurge }) => survivesPurge && isPartOf(queue, physicalQueue),
  );
  return [...new Set(survivors.map(({ name }) => name))].sort();
}

/** Whether a queue of Cloud Tasks is a contract's queue, or a shard of it: `mails-3` of `mails`. */
function isPartOf(queue: string, physical: string): boolean {
  return (
    physical === queue || (physical.startsWith(`${queue}-`) && /^\d+$/.test(physical.slice(queue.length + 1)))
  );
}
