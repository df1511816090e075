import { type Firestore, type QueryDocumentSnapshot, Timestamp } from '@google-cloud/firestore';
import { readStoredTask, taskCollection } from '../ledger/task-document.ts';
import { isErased, SHARDS } from '../ledger/task-record.ts';
import { RETENTION_MS } from '../ledger/transitions/due-times.ts';
import { isPreconditionFailed } from '../ledger/unclaimed-attempt.ts';
import { eachSnapshot } from '../store/each-snapshot.ts';

/**
 * Gives dead letters of earlier versions their `eraseAt`, so that the sweep takes their personal data out. Costs a read
 * for each dead letter, and a write for each without the field. It may run beside the services, and again.
 * @returns the number of dead letters, and of those that have the field now and had none
 */
export async function setMissingEraseTimes(firestore: Firestore): Promise<{ checked: number; set: number }> {
  let [checked, set] = [0, 0];
  for (let shard = 0; shard < SHARDS; shard += 1) {
    const dead = taskCollection(firestore).where('shard', '==', shard).where('state', '==', 'dead');
    for await (const snapshot of eachSnapshot(dead.orderBy('failedAt', 'desc'))) {
      checked += 1;
      if (await setEraseTime(snapshot)) set += 1;
    }
  }
  return { checked, set };
}

async function setEraseTime(snapshot: QueryDocumentSnapshot): Promise<boolean> {
  const stored = readStoredTask(snapshot);
  if (stored === undefined || isErased(stored.record) || stored.record.eraseAtMs !== null) return false;
  const failedAtMs = stored.record.failedAtMs ?? snapshot.updateTime.toMillis();
  const eraseAt = Timestamp.fromMillis(failedAtMs + RETENTION_MS);
  try {
    await snapshot.ref.update({ eraseAt }, { lastUpdateTime: snapshot.updateTime });
    return true;
  } catch (error) {
    // It was replayed or discarded meanwhile.
    if (isPreconditionFailed(error)) return false;
    throw error;
  }
}
