import type { Dispatch } from '../engine/attempts/dispatch-loop.ts';

/** A request to a handler and what came back. */
export interface Exchange {
  readonly durationMs: number;
  /** Absent when the request could not be made. */
  readonly request?: {
    readonly method: string;
    readonly url: string;
    readonly headers: Readonly<Record<string, string>>;
  };
  /** Absent when none came. */
  readonly response?: {
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    /** The first 4 KiB. */
    readonly body: string;
  };
  /** Why no response came. */
  readonly error?: string;
}

/** One attempt of a task, which may be finished or deleted by now. */
export interface RecordedAttempt extends Exchange {
  /** The task's whole name. */
  readonly name: string;
  readonly queue: string;
  readonly task: string;
  /** 1 for the first. An injected duplicate has the same number. */
  readonly attempt: number;
  /** When it ended, in the emulator's time. */
  readonly endedAt: string;
}

/** Which attempts to show. */
export interface AttemptFilter {
  /** A short id, or a whole name. */
  readonly queue?: string | undefined;
  /** A short id, or a whole name. */
  readonly task?: string | undefined;
  /** At most so many, the last ones. Default 100. */
  readonly limit?: number | undefined;
}

const DEFAULT_CAPACITY = 1_000;
const DEFAULT_LIMIT = 100;

/** Keeps the last attempts in memory, those of finished and deleted tasks too. */
export class AttemptLog {
  readonly #capacity: number;
  readonly #clock: { nowMs(): number };
  /** A ring: the oldest is at `#next` once it is full. */
  readonly #ring: RecordedAttempt[] = [];
  #next = 0;

  constructor(clock: { nowMs(): number }, capacity = DEFAULT_CAPACITY) {
    this.#clock = clock;
    this.#capacity = capacity;
  }

  add({ queue, task, retryCount }: Dispatch, exchange: Exchange): void {
    this.#ring[this.#next] = {
      name: task.name,
      queue: queue.name.queueId,
      task: task.taskId,
      attempt: retryCount + 1,
      endedAt: new Date(this.#clock.nowMs()).toISOString(),
      ...exchange,
    };
    this.#next = (this.#next + 1) % this.#capacity;
  }

  /** Lists attempts, the last one at the end. */
  list({ queue, task, limit = DEFAULT_LIMIT }: AttemptFilter = {}): RecordedAttempt[] {
    const inOrder = [...this.#ring.slice(this.#next), ...this.#ring.slice(0, this.#next)];
    const found = inOrder.filter(
      (attempt) =>
        (queue === undefined || queue === attempt.queue || attempt.name.startsWith(`${queue}/tasks/`)) &&
        (task === undefined || task === attempt.task || task === attempt.name),
    );
    return limit === 0 ? [] : found.slice(-limit);
  }

  clear(): void {
    this.#ring.length = 0;
    this.#next = 0;
  }
}
