import type { QueueLoad } from '@waybill/task-runtime/operator';
import { isPartOf } from '../queues/is-part-of.ts';
import type { QueueSettings } from '../queues/queue-service.ts';
import type { OverviewSources } from './overview-sources.ts';

/** A queue, with what Cloud Tasks and the ledger say of it. */
export interface QueueView extends QueueLoad {
  readonly name: string;
  /** Null: the contracts use it, but Cloud Tasks has none of that name, or does not answer. */
  readonly settings: QueueSettings | null;
  /** Dead letters of the contracts that use it, of all its shards together. */
  readonly dead: number;
  readonly deadLastHour: number;
}

/** The queues, and whether Cloud Tasks told of them. */
export interface QueueViews {
  readonly queues: readonly QueueView[];
  /** Then nothing is known of any queue's settings, and only those of the contracts are listed. */
  readonly isCloudTasksAway: boolean;
}

const HOUR_MS = 3_600_000;

/** Reads how the queues stand: those in Cloud Tasks, as far as that answers, and those that contracts use. */
export async function readQueues(sources: OverviewSources, nowMs: number): Promise<QueueViews> {
  const { search, queueService, catalogue, logger } = sources;
  const listed = await queueService.list().catch((error: unknown) => {
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
