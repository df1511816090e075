import { type Firestore, type Query, type QuerySnapshot, Timestamp } from '@google-cloud/firestore';
import type { Logger } from '@waybill/service-kit';
import { taskCollection } from '../ledger/task-document.ts';

/**
 * Overdue time after which a service's sweep does not run, or does not keep up. A sweep runs each minute and moves on
 * what it finds.
 */
const NEGLECTED_AFTER_MS = 10 * 60_000;
/** Maximum number of services that one sweep looks at; each costs a read. */
const MAX_SERVICES = 50;

/**
 * Finds the other services whose overdue tasks nobody looks after, and logs an error for each. Nobody else would report
 * them: a sweep settles the tasks of its own service only. It looks at one shard, at the price of a read per service that
 * has open tasks there.
 * @param read bounds a read of Firestore
 * @returns their names
 */
export async function findNeglectedServices(options: {
  firestore: Firestore;
  /** The service that asks. */
  service: string;
  shard: number;
  logger: Logger;
  read: (query: Query) => Promise<QuerySnapshot>;
}): Promise<string[]> {
  const { firestore, service, shard, logger, read } = options;
  const open = taskCollection(firestore)
    .where('shard', '==', shard)
    .orderBy('route.service')
    .orderBy('dueAt')
    .select('route.service', 'dueAt')
    .limit(1);
  const neglected: string[] = [];
  let after = '';
  for (let seen = 0; seen < MAX_SERVICES; seen += 1) {
    const { docs, readTime } = await read(open.where('route.service', '>', after));
    const [first] = docs;
    if (first === undefined) break;
    after = String(first.get('route.service'));
    const stored: unknown = first.get('dueAt');
    // Its own sweep settles a due time of another form within a minute of the write.
    const dueAt = stored instanceof Timestamp ? stored : first.updateTime;
    if (after === service || readTime.toMillis() - dueAt.toMillis() < NEGLECTED_AFTER_MS) continue;
    neglected.push(after);
    logger.error(`the sweep of the service "${after}" does not run`, {
      event: 'sweep.neglected',
      service: after,
      overdueSince: dueAt.toDate().toISOString(),
      taskId: first.id,
      remedy: `give "${after}" a job for /cron/sweep in cron.yaml, or find out why its sweep fails`,
    });
  }
  return neglected;
}
