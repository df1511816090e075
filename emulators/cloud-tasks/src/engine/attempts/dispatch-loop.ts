import type { Clock, GroupCommit } from '@waybill/emulator-kit';
import type { EmulatorEvents, TaskEvent } from '../emulator-events.ts';
import { dueMs, MICROS_PER_MS } from '../micros.ts';
import type { Queue } from '../queues/queue-registry.ts';
import type { TaskStore } from '../storage/task-store.ts';
import type { PreviousResponse, Task } from '../tasks/task.ts';
import type { Activity } from './activity.ts';
import { type DispatchOutcome, previousOfLostAttempt, toAttemptResult } from './attempt-result.ts';
import { backoffMicros, mayRetry } from './backoff.ts';

/** One attempt, with all that its request says. */
export interface Dispatch {
  readonly queue: Queue;
  readonly task: Task;
  /** When the task was scheduled, in microseconds since the Unix epoch. RunTask sends earlier. */
  readonly scheduleMicros: number;
  /** Attempts before this one. */
  readonly retryCount: number;
  /** Absent on the first attempt. */
  readonly previousResponse?: PreviousResponse;
}

/** Carries a task to its handler. */
export interface Dispatcher {
  /** Where the request goes, for people to read. */
  describeTarget(dispatch: Dispatch): string;
  /** Never rejects. */
  send(dispatch: Dispatch): Promise<DispatchOutcome>;
}

/** Tasks are kept for 31 days at most (Cloud Tasks quotas). */
const RETENTION_MICROS = 31 * 24 * 3_600 * 1_000_000;

/**
 * Sends tasks and settles what comes of it. The attempt is written down as it starts, and its end when it ends; a
 * kill between the two leaves a task that is due, which is sent again after the restart.
 */
export class DispatchLoop {
  readonly #clock: Clock;
  readonly #tasks: TaskStore;
  readonly #group: GroupCommit;
  readonly #dispatcher: Dispatcher;
  readonly #activity: Activity;
  readonly #events: EmulatorEvents;
  readonly #tombstoneTtlMs: (queue: Queue) => number;
  readonly #maxAttempts: number;
  readonly #monotonicMs: () => number;

  constructor(options: {
    clock: Clock;
    tasks: TaskStore;
    group: GroupCommit;
    dispatcher: Dispatcher;
    activity: Activity;
    events: EmulatorEvents;
    tombstoneTtlMs: (queue: Queue) => number;
    /** A cap above the limits of queues and tasks. */
    maxAttempts: number;
    monotonicMs: () => number;
  }) {
    this.#clock = options.clock;
    this.#tasks = options.tasks;
    this.#group = options.group;
    this.#dispatcher = options.dispatcher;
    this.#activity = options.activity;
    this.#events = options.events;
    this.#tombstoneTtlMs = options.tombstoneTtlMs;
    this.#maxAttempts = options.maxAttempts;
    this.#monotonicMs = options.monotonicMs;
  }

  /**
   * Starts an attempt; the scheduler has given it a slot, which is free again once it has ended.
   */
  start(queue: Queue, rowId: number): void {
    this.#activity.opened();
    void this.#attempt(queue, rowId)
      .catch((error: unknown): undefined => {
        // A failing store has told everyone already (storageFailed). Anything else is a fault in here: better an
        // end that is seen, and a restart that sends the task again, than a task that silently waits for ever.
        if (this.#group.hasLost) return;
        queueMicrotask(() => {
          throw error;
        });
      })
      .then((retryAtMs) => {
        this.#activity.ended();
        // The slot first: a retry holds none while it waits.
        queue.scheduler.ended(rowId);
        if (retryAtMs !== undefined) queue.scheduler.add(rowId, retryAtMs);
        this.#activity.check();
      });
  }

  /** @returns when the next attempt is due, in milliseconds; undefined if there is none */
  async #attempt(queue: Queue, rowId: number): Promise<number | undefined> {
    const task = this.#tasks.findByRow(rowId, queue.record.name);
    if (task === undefined) return undefined;
    const nowMicros = this.#clock.nowMs() * MICROS_PER_MS;
    const { scheduleMicros } = task;
    this.#group.write(() => this.#tasks.recordDispatch(rowId, scheduleMicros, nowMicros));
    const previousResponse = previousResponseOf(task);
    const dispatch: Dispatch = {
      queue,
      task,
      scheduleMicros,
      retryCount: task.dispatchCount,
      ...(previousResponse && { previousResponse }),
    };
    const attempt = task.dispatchCount + 1;
    const id: TaskEvent = { queue: queue.name.queueId, task: task.taskId, name: task.name };
    const target = this.#dispatcher.describeTarget(dispatch);
    this.#events.publish('dispatchStarted', { ...id, attempt, target });
    const startedAtMs = this.#monotonicMs();
    const outcome = await this.#dispatcher.send(dispatch);
    if (outcome.kind === 'abandoned') return undefined;

    const result = toAttemptResult(task.target.kind, outcome);
    const endedMs = this.#clock.nowMs();
    const responseMicros = endedMs * MICROS_PER_MS;
    if (outcome.kind === 'responded') queue.executed.add(endedMs);
    const ended = {
      ...id,
      attempt,
      succeeded: result.succeeded,
      ...(outcome.kind === 'responded' && { status: outcome.httpStatus }),
      ...(!result.succeeded && { error: [result.message, result.cause].filter(Boolean).join(': ') }),
      durationMs: Math.round(this.#monotonicMs() - startedAtMs),
    };
    if (result.succeeded) {
      const wasThere = this.#delete(queue, rowId);
      this.#events.publish('dispatchEnded', ended);
      if (wasThere) this.#events.publish('taskCompleted', { ...id, attempts: attempt });
      return undefined;
    }
    const firstMicros = task.firstDispatchMicros ?? nowMicros;
    const limits = task.retryConfig ?? queue.record.settings;
    const tooOld = responseMicros - task.createMicros > RETENTION_MICROS;
    const isCapped = attempt >= this.#maxAttempts;
    if (tooOld || isCapped || !mayRetry(limits, attempt, responseMicros - firstMicros)) {
      const wasThere = this.#delete(queue, rowId);
      this.#events.publish('dispatchEnded', ended);
      const reason = tooOld ? 'too-old' : 'retries-used-up';
      if (wasThere) this.#events.publish('taskDropped', { ...id, attempts: attempt, reason });
      return undefined;
    }
    const retryMicros = responseMicros + backoffMicros(limits, attempt);
    const isThere = this.#group.write(() =>
      this.#tasks.recordFailure(rowId, { ...result, responseMicros, scheduleMicros: retryMicros }),
    );
    const retryAtMs = dueMs(retryMicros);
    this.#events.publish('dispatchEnded', isThere ? { ...ended, retryAtMs } : ended);
    return isThere ? retryAtMs : undefined;
  }

  #delete(queue: Queue, rowId: number): boolean {
    const nowMs = this.#clock.nowMs();
    const tombstone = { nowMs, expiresMs: nowMs + this.#tombstoneTtlMs(queue) };
    return this.#group.write(() => this.#tasks.delete(rowId, tombstone));
  }
}

function previousResponseOf(task: Task): PreviousResponse | undefined {
  if (task.lastAttempt === undefined) return undefined;
  const lost = task.lastAttempt.responseMicros === undefined;
  return lost || task.previousResponse === undefined
    ? previousOfLostAttempt(task.target.kind)
    : task.previousResponse;
}
