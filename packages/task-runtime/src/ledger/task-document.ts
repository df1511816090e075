import {
  type CollectionReference,
  type DocumentSnapshot,
  FieldValue,
  type Firestore,
  Timestamp,
} from '@google-cloud/firestore';
import type { TaskRecord } from './task-record.ts';

/** The collection of the tasks' records. */
export function taskCollection(firestore: Firestore): CollectionReference {
  return firestore.collection('tasks');
}

/** Fields that Firestore holds as timestamps under these names, so that indexes, TTL and people can use them. */
const TIMES = {
  createdAtMs: 'createdAt',
  notBeforeMs: 'notBefore',
  sentAtMs: 'sentAt',
  leaseUntilMs: 'leaseUntil',
  firstAttemptAtMs: 'firstAttemptAt',
  dueAtMs: 'dueAt',
  failedAtMs: 'failedAt',
  expireAtMs: 'expireAt',
} as const satisfies Partial<Record<keyof TaskRecord, string>>;

/** A record as Firestore's document. A time that isn't set is no field at all, so that no index holds it. */
export function toTaskDocument(record: TaskRecord): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(record).flatMap(([name, value]) => {
      const field = TIMES[name as keyof typeof TIMES];
      if (field === undefined) return [[name, value]];
      return value === null ? [] : [[field, Timestamp.fromMillis(value as number)]];
    }),
  );
}

/** A record as an update of its document: a time that isn't set is deleted. */
export function toTaskUpdate(record: TaskRecord): Record<string, unknown> {
  const unset = Object.values(TIMES).map((field) => [field, FieldValue.delete()]);
  return { ...Object.fromEntries(unset), ...toTaskDocument(record) };
}

/** The record in a document, or undefined where there is none. */
export function fromTaskDocument(snapshot: DocumentSnapshot): TaskRecord | undefined {
  const data = snapshot.data();
  if (data === undefined) return undefined;
  const times = Object.entries(TIMES).map(([name, field]) => {
    const value: unknown = data[field];
    delete data[field];
    return [name, value instanceof Timestamp ? value.toMillis() : null];
  });
  return { ...data, ...Object.fromEntries(times) } as TaskRecord;
}
