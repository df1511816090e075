import type { Firestore, Query, QuerySnapshot } from '@google-cloud/firestore';
import { fromTaskDocument, taskCollection } from '../ledger/task-document.ts';
import type { TaskRecord, TaskState } from '../ledger/task-record.ts';

const DEFAULT_LIMIT = 100;

/** The state of a task as customers may see it: no payload. */
export interface TaskSummary {
  readonly taskId: string;
  readonly contract: string;
  readonly version: number;
  readonly state: TaskState;
  readonly queue: string;
  /** Which of its names in Cloud Tasks counts; see `TaskClient.scheduledAt`. */
  readonly generation: number;
  readonly attempts: number;
  readonly createdAt: Date;
  /** The time at which it came to its present state. */
  readonly changedAt: Date;
  /** The time of its delivery; undefined: at once. */
  readonly notBefore?: Date;
  /** Why its last attempt failed, or why it is dead. */
  readonly error?: { readonly code: string; readonly message: string };
  /** The declared outcome that it ended with, e.g. `declined`; undefined after plain success. */
  readonly outcome?: string;
  /** The task that enqueued it. */
  readonly parent?: string;
}

/** Reads where tasks stand, for customers and before an operator's erasure. */
export class TaskReader {
  readonly #firestore: Firestore;

  constructor(firestore: Firestore) {
    this.#firestore = firestore;
  }

  /**
   * The tasks of one subject, in the order in which they were enqueued. Needs the index (subject, createdAt).
   * @param limit maximum number of tasks; `all` for no maximum. Default 100
   */
  async ofSubject(subject: string, limit: number | 'all' = DEFAULT_LIMIT): Promise<TaskSummary[]> {
    return summariesOf(await this.#subjectQuery(subject, limit).get());
  }

  /**
   * Follows the tasks of one subject: tells them at once, and again after each change. Firestore's client connects
   * anew by itself; each task is a read when it is told first, and one more for each of its changes.
   * @param listener.failed Firestore refuses it for good, and nothing more is told
   * @param limit maximum number of tasks; default 100
   * @returns ends it
   */
  watchSubject(
    subject: string,
    listener: {
      changed: (tasks: TaskSummary[], readAt: Date) => void;
      failed: (error: Error) => void;
    },
    limit: number = DEFAULT_LIMIT,
  ): () => void {
    return this.#subjectQuery(subject, limit).onSnapshot(
      (snapshot) => listener.changed(summariesOf(snapshot), snapshot.readTime.toDate()),
      listener.failed,
    );
  }

  #subjectQuery(subject: string, limit: number | 'all'): Query {
    const tasks = taskCollection(this.#firestore).where('subject', '==', subject).orderBy('createdAt');
    return limit === 'all' ? tasks : tasks.limit(limit);
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

function summariesOf({ docs }: QuerySnapshot): TaskSummary[] {
  return docs.flatMap((snapshot) => summaryOf(snapshot.id, fromTaskDocument(snapshot)));
}

function summaryOf(taskId: string, record: TaskRecord | undefined): TaskSummary[] {
  if (record === undefined) return [];
  const { contract, version, state, queue, generation, attempts, createdAtMs, notBeforeMs } = record;
  const { error, outcome, parent } = record;
  return [
    {
      taskId,
      contract,
      version,
      state,
      queue,
      generation,
      attempts,
      createdAt: new Date(createdAtMs),
      changedAt: new Date(record.history.at(-1)?.atMs ?? createdAtMs),
      ...(notBeforeMs !== null && { notBefore: new Date(notBeforeMs) }),
      ...(error !== null && { error: { code: error.code, message: error.message } }),
      ...(outcome !== undefined && { outcome }),
      ...(parent !== null && { parent }),
    },
  ];
}
