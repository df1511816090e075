import type { Firestore } from '@google-cloud/firestore';
import { fromTaskDocument, taskCollection } from './task-document.ts';
import type { TaskRecord, TaskState } from './task-record.ts';

/** What people are told of a task: no payload. */
export interface TaskSummary {
  readonly taskId: string;
  readonly contract: string;
  readonly version: number;
  readonly state: TaskState;
  readonly queue: string;
  readonly attempts: number;
  readonly createdAt: Date;
  /** When it is to be delivered; undefined: at once. */
  readonly notBefore?: Date;
  /** Why its last attempt failed, or why it is dead. */
  readonly error?: { readonly code: string; readonly message: string };
  /** The task that enqueued it. */
  readonly parent?: string;
}

/** Reads tasks' records, without changing them. */
export class TaskLedger {
  readonly #firestore: Firestore;

  constructor(firestore: Firestore) {
    this.#firestore = firestore;
  }

  /**
   * The tasks of one subject, in the order in which they were enqueued. Needs the index (subject, createdAt).
   * @param limit at most so many; default 100
   */
  async ofSubject(subject: string, limit: number = 100): Promise<TaskSummary[]> {
    const query = taskCollection(this.#firestore)
      .where('subject', '==', subject)
      .orderBy('createdAt')
      .limit(limit);
    const { docs } = await query.get();
    return docs.flatMap((snapshot) => summaryOf(snapshot.id, fromTaskDocument(snapshot)));
  }

  /** One task, or undefined where there is none of that id. */
  async find(taskId: string): Promise<TaskSummary | undefined> {
    const [summary] = summaryOf(
      taskId,
      fromTaskDocument(await taskCollection(this.#firestore).doc(taskId).get()),
    );
    return summary;
  }
}

function summaryOf(taskId: string, record: TaskRecord | undefined): TaskSummary[] {
  if (record === undefined) return [];
  const { contract, version, state, queue, attempts, createdAtMs, notBeforeMs, error, parent } = record;
  return [
    {
      taskId,
      contract,
      version,
      state,
      queue,
      attempts,
      createdAt: new Date(createdAtMs),
      ...(notBeforeMs !== null && { notBefore: new Date(notBeforeMs) }),
      ...(error !== null && { error: { code: error.code, message: error.message } }),
      ...(parent !== null && { parent }),
    },
  ];
}
