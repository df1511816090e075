import type { Clock } from '@waybill/emulator-kit';
import { dueMs } from '../micros.ts';
import type { Queue } from '../queues/queue-registry.ts';
import { DEFAULT_TASK_TTL_MICROS } from '../queues/queue-settings.ts';

interface TaskExpiryOptions {
  readonly clock: Clock;
  /**
   * Deletes the tasks of a queue that were created until then.
   * @returns when the oldest of the others was created; undefined if there is none
   */
  readonly expire: (queue: Queue, createdUntilMicros: number) => number | undefined;
}

/**
 * Deletes tasks that outlived their queue's time to live, whether they were dispatched or not. It has one timer for all
 * queues, and keeps no more than the creation of each queue's oldest task. That task may be gone already; the timer then
 * finds nothing, and looks for the next one.
 */
export class TaskExpiry {
  readonly #options: TaskExpiryOptions;
  readonly #oldestMicros = new Map<Queue, number>();
  #cancelTimer: (() => void) | undefined;
  #timerDueMs = Number.POSITIVE_INFINITY;
  #running = false;

  constructor(options: TaskExpiryOptions) {
    this.#options = options;
  }

  start(): void {
    this.#running = true;
    this.#arm();
  }

  stop(): void {
    this.#running = false;
    this.#arm();
  }

  /** To be called for each task that is created or loaded. */
  created(queue: Queue, createMicros: number): void {
    const oldest = this.#oldestMicros.get(queue);
    if (oldest !== undefined && oldest <= createMicros) return;
    this.#oldestMicros.set(queue, createMicros);
    if (this.#running && expiresMs(queue, createMicros) < this.#timerDueMs) this.#arm();
  }

  /** To be called when a queue's time to live has changed. */
  changed(): void {
    this.#arm();
  }

  /** Forgets a queue without tasks. */
  cleared(queue: Queue): void {
    if (this.#oldestMicros.delete(queue)) this.#arm();
  }

  #arm(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    this.#timerDueMs = Number.POSITIVE_INFINITY;
    if (!this.#running) return;
    for (const [queue, oldest] of this.#oldestMicros) {
      this.#timerDueMs = Math.min(this.#timerDueMs, expiresMs(queue, oldest));
    }
    if (this.#timerDueMs === Number.POSITIVE_INFINITY) return;
    this.#cancelTimer = this.#options.clock.at(this.#timerDueMs, () => this.#expireDue());
  }

  #expireDue(): void {
    const nowMs = this.#options.clock.nowMs();
    for (const [queue, oldest] of this.#oldestMicros) {
      if (expiresMs(queue, oldest) > nowMs) continue;
      const next = this.#options.expire(queue, nowMs * 1_000 - ttlMicros(queue));
      if (next === undefined) this.#oldestMicros.delete(queue);
      else this.#oldestMicros.set(queue, next);
    }
    this.#arm();
  }
}

function expiresMs(queue: Queue, createMicros: number): number {
  return dueMs(createMicros + ttlMicros(queue));
}

function ttlMicros({ record }: Queue): number {
  return record.settings.taskTtlMicros ?? DEFAULT_TASK_TTL_MICROS;
}
