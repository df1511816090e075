import type { DatabaseSync } from 'node:sqlite';
import type { RetrySettings } from '../queues/queue-settings.ts';
import type { PreviousResponse, Target, Task } from '../tasks/task.ts';

/** What CreateTask writes. */
export interface NewTask {
  readonly taskId: string;
  readonly target: Target;
  readonly body: Uint8Array;
  readonly createMicros: number;
  readonly scheduleMicros: number;
  readonly deadlineMicros?: number | undefined;
  readonly retryConfig?: RetrySettings;
}

/** The column `target`: a task's request without the body. Rows of earlier versions have no retry settings. */
type StoredTarget = Target & { readonly retryConfig?: RetrySettings };

/** How an attempt ended, where the task lives on. */
export interface FailedAttempt {
  readonly responseMicros: number;
  readonly code: number;
  readonly message: string;
  readonly responded: boolean;
  readonly countsAsExecution: boolean;
  readonly previousResponse: PreviousResponse;
  /** When the next attempt is due. */
  readonly scheduleMicros: number;
}

interface TaskRow {
  id: number;
  task_id: string;
  create_micros: number;
  schedule_micros: number;
  deadline_micros: number | null;
  target: string;
  body: Uint8Array;
  dispatch_count: number | null;
  response_count: number | null;
  execution_count: number | null;
  first_dispatch_micros: number | null;
  last_schedule_micros: number | null;
  last_dispatch_micros: number | null;
  last_response_micros: number | null;
  last_code: number | null;
  last_message: string | null;
  previous_status: number | null;
  previous_reason: string | null;
}

const COLUMNS = `
  t.id, t.task_id, t.create_micros, coalesce(a.schedule_micros, t.schedule_micros) AS schedule_micros,
  t.deadline_micros, t.target, t.body, a.dispatch_count, a.response_count, a.execution_count,
  a.first_dispatch_micros, a.last_schedule_micros, a.last_dispatch_micros, a.last_response_micros,
  a.last_code, a.last_message, a.previous_status, a.previous_reason
  FROM tasks t LEFT JOIN attempts a ON a.id = t.id`;

/**
 * The tables of tasks, their attempts, and the names of finished ones. Every write belongs inside
 * `GroupCommit.write`.
 */
export class TaskStore {
  readonly #insert;
  readonly #byName;
  readonly #byRow;
  readonly #page;
  readonly #schedule;
  readonly #dispatch;
  readonly #failure;
  readonly #delete;
  readonly #deleteAttempts;
  readonly #tombstone;
  readonly #addTombstone;
  readonly #oldestTombstones;
  readonly #dropTombstone;
  readonly #count;
  readonly #database: DatabaseSync;
  #lastRowId: number;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#insert = database.prepare(
      `INSERT INTO tasks (id, queue_id, task_id, create_micros, schedule_micros, deadline_micros, target, body)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#byName = database.prepare(`SELECT ${COLUMNS} WHERE t.queue_id = ? AND t.task_id = ?`);
    this.#byRow = database.prepare(`SELECT ${COLUMNS} WHERE t.id = ?`);
    this.#page = database.prepare(
      `SELECT ${COLUMNS} WHERE t.queue_id = ? AND t.task_id > ? ORDER BY t.task_id LIMIT ?`,
    );
    this.#schedule = database.prepare(
      `SELECT t.id, t.queue_id, t.create_micros, coalesce(a.schedule_micros, t.schedule_micros) AS schedule_micros
       FROM tasks t LEFT JOIN attempts a ON a.id = t.id`,
    );
    this.#dispatch = database.prepare(
      `INSERT INTO attempts (id, schedule_micros, dispatch_count, response_count, execution_count,
         first_dispatch_micros, last_schedule_micros, last_dispatch_micros)
       VALUES (:id, :schedule, 1, 0, 0, :dispatch, :schedule, :dispatch)
       ON CONFLICT (id) DO UPDATE SET
         schedule_micros = :schedule, dispatch_count = dispatch_count + 1, last_schedule_micros = :schedule,
         last_dispatch_micros = :dispatch, last_response_micros = NULL, last_code = NULL, last_message = NULL`,
    );
    this.#failure = database.prepare(
      `UPDATE attempts SET schedule_micros = ?, response_count = response_count + ?,
         execution_count = execution_count + ?, last_response_micros = ?, last_code = ?, last_message = ?,
         previous_status = ?, previous_reason = ?
       WHERE id = ?`,
    );
    this.#delete = database.prepare('DELETE FROM tasks WHERE id = ? RETURNING queue_id, task_id');
    this.#deleteAttempts = database.prepare('DELETE FROM attempts WHERE id = ?');
    this.#tombstone = database.prepare(
      'SELECT expires_ms FROM task_tombstones WHERE queue_id = ? AND task_id = ?',
    );
    this.#addTombstone = database.prepare(
      'REPLACE INTO task_tombstones (queue_id, task_id, expires_ms) VALUES (?, ?, ?)',
    );
    this.#oldestTombstones = database.prepare(
      'SELECT id, expires_ms FROM task_tombstones ORDER BY id LIMIT 2',
    );
    this.#dropTombstone = database.prepare('DELETE FROM task_tombstones WHERE id = ?');
    this.#count = database.prepare('SELECT count(*) AS count FROM tasks WHERE queue_id = ?');
    this.#lastRowId = Number(database.prepare('SELECT max(id) AS id FROM tasks').get()?.['id'] ?? 0);
  }

  /** Writes a new task. @returns its row id */
  insert(queueId: number, task: NewTask): number {
    this.#lastRowId += 1;
    this.#insert.run(
      this.#lastRowId,
      queueId,
      task.taskId,
      task.createMicros,
      task.scheduleMicros,
      task.deadlineMicros ?? null,
      JSON.stringify({ ...task.target, retryConfig: task.retryConfig }),
      task.body,
    );
    return this.#lastRowId;
  }

  find(queueId: number, queueName: string, taskId: string): Task | undefined {
    const row = this.#byName.get(queueId, taskId) as TaskRow | undefined;
    return row && toTask(row, queueName);
  }

  findByRow(rowId: number, queueName: string): Task | undefined {
    const row = this.#byRow.get(rowId) as TaskRow | undefined;
    return row && toTask(row, queueName);
  }

  /** Up to `limit` tasks in the order of their ids, those after `afterTaskId` ('' for the beginning). */
  page(queueId: number, queueName: string, afterTaskId: string, limit: number): Task[] {
    const rows = this.#page.all(queueId, afterTaskId, limit) as unknown as TaskRow[];
    return rows.map((row) => toTask(row, queueName));
  }

  /** How many tasks a queue has. */
  count(queueId: number): number {
    return Number(this.#count.get(queueId)?.['count'] ?? 0);
  }

  /** When each task is due: what schedulers start from. */
  *schedule(): Generator<{ rowId: number; queueId: number; scheduleMicros: number; createMicros: number }> {
    for (const row of this.#schedule.iterate()) {
      yield {
        rowId: Number(row['id']),
        queueId: Number(row['queue_id']),
        scheduleMicros: Number(row['schedule_micros']),
        createMicros: Number(row['create_micros']),
      };
    }
  }

  recordDispatch(rowId: number, scheduleMicros: number, dispatchMicros: number): void {
    this.#dispatch.run({ id: rowId, schedule: scheduleMicros, dispatch: dispatchMicros });
  }

  /** @returns false if the task was deleted meanwhile */
  recordFailure(rowId: number, failed: FailedAttempt): boolean {
    const { changes } = this.#failure.run(
      failed.scheduleMicros,
      failed.responded ? 1 : 0,
      failed.countsAsExecution ? 1 : 0,
      failed.responseMicros,
      failed.code,
      failed.message,
      failed.previousResponse.status,
      failed.previousResponse.reason,
      rowId,
    );
    return changes > 0;
  }

  /** Deletes a task and reserves its name. @returns false if it was gone already */
  delete(rowId: number, tombstone: { nowMs: number; expiresMs: number }): boolean {
    const row = this.#delete.get(rowId);
    if (row === undefined) return false;
    this.#deleteAttempts.run(rowId);
    this.#addTombstone.run(Number(row['queue_id']), String(row['task_id']), tombstone.expiresMs);
    this.#dropExpiredTombstones(tombstone.nowMs);
    return true;
  }

  isTombstoned(queueId: number, taskId: string, nowMs: number): boolean {
    const row = this.#tombstone.get(queueId, taskId) as { expires_ms: number } | undefined;
    return row !== undefined && row.expires_ms > nowMs;
  }

  /** The tasks of a queue that were created until then, with how often each was sent. */
  createdUntil(queueId: number, createMicros: number): { rowId: number; taskId: string; attempts: number }[] {
    const rows = this.#database
      .prepare(
        `SELECT t.id, t.task_id, coalesce(a.dispatch_count, 0) AS attempts
         FROM tasks t LEFT JOIN attempts a ON a.id = t.id WHERE t.queue_id = ? AND t.create_micros <= ?`,
      )
      .all(queueId, createMicros);
    return rows.map((row) => ({
      rowId: Number(row['id']),
      taskId: String(row['task_id']),
      attempts: Number(row['attempts']),
    }));
  }

  /** When the oldest task of a queue was created; undefined if it has none. */
  oldestCreation(queueId: number): number | undefined {
    const row = this.#database
      .prepare('SELECT min(create_micros) AS oldest FROM tasks WHERE queue_id = ?')
      .get(queueId);
    const oldest = row?.['oldest'];
    return oldest === null || oldest === undefined ? undefined : Number(oldest);
  }

  /** Deletes all tasks of a queue, reserving their names. */
  purge(queueId: number, tombstoneExpiresMs: number): void {
    this.#database
      .prepare(
        `REPLACE INTO task_tombstones (queue_id, task_id, expires_ms)
         SELECT queue_id, task_id, ? FROM tasks WHERE queue_id = ?`,
      )
      .run(tombstoneExpiresMs, queueId);
    this.#dropTasks(queueId);
  }

  /** Deletes all that belongs to a queue, the reserved names too. */
  dropQueue(queueId: number): void {
    this.#dropTasks(queueId);
    this.#database.prepare('DELETE FROM task_tombstones WHERE queue_id = ?').run(queueId);
  }

  #dropTasks(queueId: number): void {
    this.#database
      .prepare('DELETE FROM attempts WHERE id IN (SELECT id FROM tasks WHERE queue_id = ?)')
      .run(queueId);
    this.#database.prepare('DELETE FROM tasks WHERE queue_id = ?').run(queueId);
  }

  /** At most two for each new one: the table shrinks again without ever being swept. */
  #dropExpiredTombstones(nowMs: number): void {
    for (const row of this.#oldestTombstones.all()) {
      if (Number(row['expires_ms']) > nowMs) return;
      this.#dropTombstone.run(Number(row['id']));
    }
  }
}

function toTask(row: TaskRow, queueName: string): Task {
  const { retryConfig, ...target } = JSON.parse(row.target) as StoredTarget;
  const task = {
    rowId: row.id,
    name: `${queueName}/tasks/${row.task_id}`,
    taskId: row.task_id,
    target: target as Target,
    body: row.body,
    createMicros: row.create_micros,
    scheduleMicros: row.schedule_micros,
    ...(row.deadline_micros !== null && { deadlineMicros: row.deadline_micros }),
    ...(retryConfig && { retryConfig }),
    dispatchCount: row.dispatch_count ?? 0,
    responseCount: row.response_count ?? 0,
    executionCount: row.execution_count ?? 0,
  };
  if (row.first_dispatch_micros === null) return task;
  return {
    ...task,
    firstDispatchMicros: row.first_dispatch_micros,
    lastAttempt: {
      scheduleMicros: row.last_schedule_micros ?? row.schedule_micros,
      dispatchMicros: row.last_dispatch_micros ?? row.first_dispatch_micros,
      ...(row.last_response_micros !== null && {
        responseMicros: row.last_response_micros,
        status: { code: row.last_code ?? 0, message: row.last_message ?? '' },
      }),
    },
    ...(row.previous_status !== null && {
      previousResponse: { status: row.previous_status, reason: row.previous_reason ?? '' },
    }),
  };
}
