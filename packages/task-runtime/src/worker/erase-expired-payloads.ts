import { type Firestore, type Query, type QuerySnapshot, Timestamp } from '@google-cloud/firestore';
import type { Logger } from '@waybill/service-kit';
import { taskCollection } from '../ledger/task-document.ts';
import type { TaskLedger } from '../ledger/task-ledger.ts';

/** Maximum number of dead letters that one sweep empties; the next sweep of the shard goes on. */
const MAX_ERASED = 100;

/**
 * Takes personal data out of the dead letters of one shard whose period is over. It looks at one shard, at the price of a
 * read; a dead letter that is due costs two more, and a write. Any service may do it: no handler takes part.
 * @param options.read bounds a read of Firestore
 * @param options.inTime false once the sweep has to end
 * @returns how many were emptied
 */
export async function eraseExpiredPayloads(options: {
  firestore: Firestore;
  ledger: Pick<TaskLedger, 'scrub'>;
  shard: number;
  logger: Logger;
  read: (query: Query) => Promise<QuerySnapshot>;
  inTime: () => boolean;
}): Promise<number> {
  const { firestore, ledger, shard, logger, read, inTime } = options;
  const byEraseAt = taskCollection(firestore)
    .where('shard', '==', shard)
    .orderBy('eraseAt')
    .select('contract', 'eraseAt');
  const probe = await read(byEraseAt.limit(1));
  const eraseAt: unknown = probe.docs[0]?.get('eraseAt');
  if (!(eraseAt instanceof Timestamp) || eraseAt.valueOf() > probe.readTime.valueOf()) return 0;
  const { docs } = await read(byEraseAt.endAt(probe.readTime).limit(MAX_ERASED));
  let erased = 0;
  for (const snapshot of docs) {
    if (!inTime()) break;
    const taskId = snapshot.id;
    const fields = { taskId, task: snapshot.get('contract') };
    try {
      if (!(await ledger.scrub(taskId))) continue;
      erased += 1;
      logger.notice('payload of a dead letter erased', { event: 'task.payload-erased', ...fields });
    } catch (error) {
      logger.warning('payload of a dead letter not erased', { event: 'sweep.failed', ...fields, error });
    }
  }
  return erased;
}
