import {
  type CollectionReference,
  type DocumentSnapshot,
  FieldValue,
  type Firestore,
  Timestamp,
} from '@google-cloud/firestore';
import { TASKS } from './ledger-collections.ts';
import { problemOfRecord, type RecordProblem, showableRecord } from './record-form.ts';
import type { TaskRecord } from './task-record.ts';

/** The collection of the tasks' records. */
export function taskCollection(firestore: Firestore): CollectionReference {
  return firestore.collection(TASKS);
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
  eraseAtMs: 'eraseAt',
  expireAtMs: 'expireAt',
} as const satisfies Partial<Record<keyof TaskRecord, string>>;

/** A record as Firestore's document. A time that isn't set is no field at all, so that no index holds it. */
export function toTaskDocument(record: Partial<TaskRecord>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries<unknown>(record).flatMap(([name, value]): [string, unknown][] => {
      const field = TIMES[name as keyof typeof TIMES];
      if (field === undefined) return [[name, value]];
      return value === null ? [] : [[field, Timestamp.fromMillis(value as number)]];
    }),
  );
}

/** Some fields of a record as an update of its document: a time that isn't set is deleted. */
export function toTaskUpdate(fields: Partial<TaskRecord>): Record<string, unknown> {
  const unset = Object.entries(TIMES)
    .filter(([name]) => fields[name as keyof typeof TIMES] === null)
    .map(([, field]) => [field, FieldValue.delete()]);
  return { ...Object.fromEntries(unset), ...toTaskDocument(fields) };
}

/** A stored record, and why it can't be used, if it can't. Then its record serves for showing it alone. */
export interface StoredTask {
  readonly record: TaskRecord;
  readonly problem: RecordProblem | undefined;
}

/** The record in a document and its problem, or undefined where there is none. */
export function readStoredTask(snapshot: DocumentSnapshot): StoredTask | undefined {
  const data = snapshot.data();
  if (data === undefined) return undefined;
  const times = Object.entries(TIMES).map(([name, field]): [string, unknown] => {
    const value: unknown = data[field];
    delete data[field];
    return [name, value instanceof Timestamp ? value.toMillis() : (value ?? null)];
  });
  const stored = { ...data, ...Object.fromEntries(times) };
  return { record: showableRecord(stored), problem: problemOfRecord(stored) };
}

/**
 * The record in a document for showing it, or undefined where there is none. Of a document of another form, as much as can
 * be shown.
 */
export function fromTaskDocument(snapshot: DocumentSnapshot): TaskRecord | undefined {
  return readStoredTask(snapshot)?.record;
}
