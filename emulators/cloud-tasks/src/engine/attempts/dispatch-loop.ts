import type { Clock, GroupCommit } from '@waybill/emulator-kit';
import type { EmulatorEvents, TaskEvent } from '../emulator-events.ts';
import { dueMs, MICROS_PER_MS } from '../micros.ts';
import type { Queue } from '../queues/queue-registry.ts';
import type { ThrottleSignal } from '../queues/queue-throttle.ts';
import type { TaskStore } from '../storage/task-store.ts';
import type { PreviousResponse, Task } from '../tasks/task.ts';
import type { Activity } from './activity.ts';
import {
  askedWaitMs,
  type DispatchOutcome,
  previousOfLostAttempt,
  throttleSignal,
  toAttemptResult,
} from './attempt-result.ts';
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

/** How an attempt went on. */
interface AttemptEnd {
  /** When the next attempt is due, in milliseconds; absent if there is none. */
  readonly retryAtMs?: number | undefined;
  readonly signal: ThrottleSignal;
}

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
  readonly #heedsRetryAfter: boolean;

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
    /** Whether `Retry-After` of a response postpones the next attempt. */
    heedsRetryAfter: boolean;
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
    this.#heedsRetryAfter = options.heedsRetryAfter;
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
      .then((end) => {
        this.#activity.ended();
        // The slot first: a retry holds none while it waits.
        queue.scheduler.ended(rowId, end?.signal);
        const retryAtMs = end?.retryAtMs;
        if (retryAtMs !== undefined) queue.scheduler.add(rowId, retryAtMs);
        this.#activity.check();
      });
  }

  /** @returns undefined where nothing was sent, or its end is unknown */
  async #attempt(queue: Queue, rowId: number): Promise<AttemptEnd | undefined> {
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
    const durationMs = Math.round(this.#monotonicMs() - startedAtMs);
    const retryAtMs = this.#settle(dispatch, outcome, { firstMicros: nowMicros, durationMs });
    return { retryAtMs, signal: throttleSignal(task.target.kind, outcome) };
  }

  /** Writes down how an attempt ended. @returns when the next one is due; undefined if there is none */
  #settle(
    { queue, task, retryCount }: Dispatch,
    outcome: Exclude<DispatchOutcome, { kind: 'abandoned' }>,
    { firstMicros, durationMs }: { firstMicros: number; durationMs: number },
  ): number | undefined {
    const { rowId } = task;
    const id: TaskEvent = { queue: queue.name.queueId, task: task.taskId, name: task.name };
    const attempt = retryCount + 1;
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
      durationMs,
    };
    if (result.succeeded) {
      const wasThere = this.#delete(queue, rowId);
      this.#events.publish('dispatchEnded', ended);
      if (wasThere) this.#events.publish('taskCompleted', { ...id, attempts: attempt });
      return undefined;
    }
    const sinceFirstMicros = responseMicros - (task.firstDispatchMicros ?? firstMicros);
    const limits = task.retryConfig ?? queue.record.settings;
    const isCapped = attempt >= this.#maxAttempts;
    if (isCapped || !mayRetry(limits, attempt, sinceFirstMicros)) {
      const wasThere = this.#delete(queue, rowId);
      this.#events.publish('dispatchEnded', ended);
      if (wasThere)
        this.#events.publish('taskDropped', { ...id, attempts: attempt, reason: 'retries-used-up' });
      return undefined;
    }
    const askedMs = this.#heedsRetryAfter ? askedWaitMs(outcome) : 0;
    const waitMicros = Math.max(backoffMicros(limits, attempt), askedMs * MICROS_PER_MS);
    const retryMicros = responseMicros + waitMicros;
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
