import { FieldPath, type Firestore, type QueryDocumentSnapshot, Timestamp } from '@google-cloud/firestore';
import { OPERATOR_ACTION_RETENTION_DAYS, ORDER_RETENTION_DAYS } from './retention.ts';

const DAY_MS = 24 * 3_600_000;
const PAGE_SIZE = 300;
const FAILED_PRECONDITION = 9;

/** The time from which the period of a document counts. */
type Begin = (snapshot: QueryDocumentSnapshot) => Timestamp;

/** The collections whose older documents have no `expireAt`, with their periods. */
const COLLECTIONS: Readonly<Record<string, { days: number; fields: readonly string[]; begin: Begin }>> = {
  orders: {
    days: ORDER_RETENTION_DAYS,
    fields: ['createdAt', 'processAt'],
    begin: (snapshot) => latest([snapshot.get('createdAt'), snapshot.get('processAt')], snapshot.createTime),
  },
  receipts: { days: ORDER_RETENTION_DAYS, fields: [], begin: ({ createTime }) => createTime },
  operatorActions: {
    days: OPERATOR_ACTION_RETENTION_DAYS,
    fields: ['at'],
    begin: (snapshot) => latest([snapshot.get('at')], snapshot.createTime),
  },
};

/** The result for one collection. */
export interface MissingExpiry {
  readonly collection: string;
  readonly checked: number;
  /** Documents that have an `expireAt` now, and had none. */
  readonly set: number;
}

/**
 * Gives documents of earlier versions their `expireAt`. Costs a read for each document and a write for each without the
 * field. It may run beside the services, and again: a document that changes meanwhile gets the field from its writer.
 */
export async function setMissingExpiry(firestore: Firestore): Promise<MissingExpiry[]> {
  const results: MissingExpiry[] = [];
  for (const [collection, { days, fields, begin }] of Object.entries(COLLECTIONS)) {
    const query = firestore
      .collection(collection)
      .orderBy(FieldPath.documentId())
      .select('expireAt', ...fields)
      .limit(PAGE_SIZE);
    let [checked, set] = [0, 0];
    for (let page = await query.get(); page.docs.length > 0; ) {
      checked += page.docs.length;
      for (const snapshot of page.docs) {
        if (snapshot.get('expireAt') instanceof Timestamp) continue;
        const expireAt = Timestamp.fromMillis(begin(snapshot).toMillis() + days * DAY_MS);
        if (await update(snapshot, expireAt)) set += 1;
      }
      const last = page.docs.at(-1);
      if (last === undefined || page.docs.length < PAGE_SIZE) break;
      page = await query.startAfter(last.id).get();
    }
    results.push({ collection, checked, set });
  }
  return results;
}

/** @returns false if the document has changed since it was read, or is gone */
async function update(snapshot: QueryDocumentSnapshot, expireAt: Timestamp): Promise<boolean> {
  try {
    await snapshot.ref.update({ expireAt }, { lastUpdateTime: snapshot.updateTime });
    return true;
  } catch (error) {
    if ((error as { code?: unknown }).code === FAILED_PRECONDITION) return false;
    throw error;
  }
}

function latest(times: readonly unknown[], otherwise: Timestamp): Timestamp {
  const known = times.filter((time) => time instanceof Timestamp);
  return known.reduce((one, other) => (other.valueOf() > one.valueOf() ? other : one), known[0] ?? otherwise);
}
