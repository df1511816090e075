import { FieldPath, type Firestore, type QueryDocumentSnapshot } from '@google-cloud/firestore';
import type { Catalogue } from '@waybill/contract-kit';
import { isPartOfQueue } from '@waybill/google-config/shards';
import { fromTaskDocument, taskCollection } from '../ledger/task-document.ts';
import { isAdopted } from '../ledger/task-name.ts';
import type { TaskRecord, TaskState } from '../ledger/task-record.ts';
import { subjectOfTask } from '../ledger/task-subject.ts';
import { eachSnapshot } from '../store/each-snapshot.ts';

/** Shorter ids may stand in a payload by chance, as a number or a word does. */
const MIN_UNIQUE_ID_LENGTH = 16;

/** A task that an erasure empties. */
export interface TaskToErase {
  readonly taskId: string;
  readonly contract: string;
  readonly state: TaskState;
}

/**
 * Finds all tasks that are about a subject, page by page: those that say so, and adopted ones whose payload says so. An
 * adopted task may have another subject: older workers gave none, and an unknown contract makes none.
 * Costs a read for each task of the subject and for each adopted task.
 */
export async function findTasksToErase(
  firestore: Firestore,
  catalogue: Catalogue,
  subject: string,
): Promise<readonly TaskToErase[]> {
  const tasks = taskCollection(firestore);
  const found = new Map<string, TaskToErase>();
  const add = (snapshot: QueryDocumentSnapshot, record: TaskRecord): void => {
    const { contract, state } = record;
    found.set(snapshot.id, { taskId: snapshot.id, contract, state });
  };
  for await (const snapshot of eachSnapshot(tasks.where('subject', '==', subject).orderBy('createdAt'))) {
    const record = fromTaskDocument(snapshot);
    if (record !== undefined) add(snapshot, record);
  }
  for (const queue of catalogue.queues) {
    // An adopted task's id is its queue, a dot and its name. The queue may have been a shard that there is no more.
    const ofQueue = tasks.orderBy(FieldPath.documentId()).startAt(queue).endBefore(`${queue}\uf8ff`);
    for await (const snapshot of eachSnapshot(ofQueue)) {
      const [physicalQueue = ''] = snapshot.id.split('.');
      const mayBeAbout = isAdopted(snapshot.id) && isPartOfQueue(queue, physicalQueue);
      const record = mayBeAbout ? fromTaskDocument(snapshot) : undefined;
      if (record !== undefined && isAbout(snapshot.id, record, subject, catalogue)) add(snapshot, record);
    }
  }
  return [...found.values()];
}

/**
 * Whether an adopted task of another subject is about this one: its contract says so, or its payload holds the
 * subject's id as a text.
 */
function isAbout(taskId: string, record: TaskRecord, subject: string, catalogue: Catalogue): boolean {
  const contract = catalogue.find(record.contract, record.version);
  try {
    if (contract !== undefined && subjectOfTask(taskId, { ...record, subject: '' }, contract) === subject) {
      return true;
    }
  } catch {
    // A corrupt payload is no JSON; its text is looked at below.
  }
  const id = subject.slice(subject.indexOf('/') + 1);
  return id.length >= MIN_UNIQUE_ID_LENGTH && record.payload.includes(JSON.stringify(id).slice(1, -1));
}
