import type { Firestore, Query, QueryDocumentSnapshot } from '@google-cloud/firestore';
import { taskCollection } from '../ledger/task-document.ts';
import { SHARDS } from '../ledger/task-record.ts';

/** The number of a contract version's tasks that are still to be done, or may be replayed. */
export interface TasksInFlight {
  readonly contract: string;
  readonly version: number;
  /** Pending or running. */
  readonly waiting: number;
  /** Dead letters, which stay until they are replayed or discarded. */
  readonly dead: number;
}

const PAGE_SIZE = 1_000;

/**
 * Counts what the ledger holds of each version, by the indexes that it has anyway: every record that is not terminal is due
 * some time, and dead letters are listed by contract. Reads each of them once, three fields of it.
 * @param contracts whose dead letters are looked for
 */
export async function countTasksInFlight(
  firestore: Firestore,
  contracts: readonly string[],
): Promise<TasksInFlight[]> {
  const counts = new Map<string, { contract: string; version: number; waiting: number; dead: number }>();
  const count = (kind: 'waiting' | 'dead') => (snapshot: QueryDocumentSnapshot) => {
    const contract = snapshot.get('contract') as string;
    const version = snapshot.get('version') as number;
    const key = `${contract}@${version}`;
    const known = counts.get(key) ?? { contract, version, waiting: 0, dead: 0 };
    known[kind] += 1;
    counts.set(key, known);
  };
  const tasks = taskCollection(firestore);
  const shards = Array.from({ length: SHARDS }, (_, shard) => shard);
  for (const shard of shards) {
    await eachOf(tasks.where('shard', '==', shard).orderBy('dueAt'), 'dueAt', count('waiting'));
  }
  const dead = tasks.where('shard', 'in', shards).where('state', '==', 'dead');
  for (const contract of contracts) {
    const ofContract = dead.where('contract', '==', contract).orderBy('failedAt', 'desc');
    await eachOf(ofContract, 'failedAt', count('dead'));
  }
  return [...counts.values()];
}

async function eachOf(
  query: Query,
  orderedBy: string,
  visit: (snapshot: QueryDocumentSnapshot) => void,
): Promise<void> {
  let last: QueryDocumentSnapshot | undefined;
  do {
    const page = query.select('contract', 'version', orderedBy).limit(PAGE_SIZE);
    const { docs } = await (last === undefined ? page : page.startAfter(last)).get();
    for (const snapshot of docs) visit(snapshot);
    last = docs.length === PAGE_SIZE ? docs.at(-1) : undefined;
  } while (last !== undefined);
}
