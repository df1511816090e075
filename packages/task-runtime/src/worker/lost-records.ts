import { type DocumentSnapshot, type Firestore, type Query, Timestamp } from '@google-cloud/firestore';
import { taskCollection } from '../ledger/task-document.ts';
import { SHARDS } from '../ledger/task-record.ts';
import { MINUTE_MS } from '../ledger/transitions/due-times.ts';

/** Ranges of shards that do not exist: below 0, between two shards, and above the last one. */
const GAPS = SHARDS + 1;
/** The parts by age in which open records are looked through: each shard once a day. */
const AGES = 30;
const AGE_MS = 48 * 60 * MINUTE_MS;
/** A younger record is on its way, and there may be many. */
const MIN_AGE_MS = 60 * MINUTE_MS;
/** Overdue time after which the sweeps of all known services have seen a record. */
const LONG_OVERDUE_MS = 10 * MINUTE_MS;
/** Maximum number of records that one look reads. */
const MAX_RECORDS = 500;

/** A search for records that the sweep's own index does not show. */
export interface LostRecordSearch {
  readonly kind: 'wrong-shard' | 'wrong-route' | 'missing-due-time';
  readonly query: Query;
  /** Whether a record that the query finds is lost. */
  readonly isLost: (snapshot: DocumentSnapshot) => boolean;
}

/**
 * The search of one minute. A sweep finds its records by shard, service and due time; where one of these is missing or
 * has another form, this finds them. Each minute has one search, at the price of a read: a wrong shard is found within 51
 * minutes, a wrong route within 48, and a missing due time within a day, once the record is an hour old.
 * @param service the service that asks. A record whose due time alone is missing is left to its own service
 */
export function searchLostRecords(options: {
  firestore: Firestore;
  service: string;
  /** Minutes since the Unix epoch. */
  minute: number;
}): LostRecordSearch {
  const { firestore, service, minute } = options;
  const turn = Math.floor(minute / 3);
  const atMs = minute * MINUTE_MS;
  const shard = turn % SHARDS;
  const tasks = taskCollection(firestore)
    .select('contract', 'subject', 'queue', 'generation', 'dueAt', 'route')
    .limit(MAX_RECORDS);
  switch (minute % 3) {
    case 0: {
      const gap = turn % GAPS;
      const byShard = tasks.orderBy('shard').orderBy('dueAt');
      const above = gap === 0 ? byShard : byShard.startAfter(gap - 1);
      return {
        kind: 'wrong-shard',
        query: gap === SHARDS ? above : above.endBefore(gap),
        isLost: () => true,
      };
    }
    case 1: {
      const longOverdue = Timestamp.fromMillis(atMs - LONG_OVERDUE_MS);
      return {
        kind: 'wrong-route',
        query: tasks.where('shard', '==', shard).orderBy('dueAt').endAt(longOverdue),
        isLost: (snapshot) => typeof snapshot.get('route.service') !== 'string',
      };
    }
    default: {
      const age = Math.floor(turn / SHARDS) % AGES;
      const newest = Timestamp.fromMillis(atMs - Math.max(MIN_AGE_MS, age * AGE_MS));
      const open = tasks
        .where('shard', '==', shard)
        .where('state', 'in', ['pending', 'running'])
        .orderBy('createdAt', 'desc')
        .startAt(newest);
      return {
        kind: 'missing-due-time',
        // The last part has no end.
        query: age === AGES - 1 ? open : open.endBefore(Timestamp.fromMillis(atMs - (age + 1) * AGE_MS)),
        isLost: (snapshot) =>
          snapshot.get('dueAt') === undefined && snapshot.get('route.service') === service,
      };
    }
  }
}
