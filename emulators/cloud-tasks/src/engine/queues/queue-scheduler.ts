import type { Clock } from '@waybill/emulator-kit';
import { DueHeap, type Waiting } from './due-heap.ts';
import type { QueueThrottle, ThrottleSignal } from './queue-throttle.ts';
import { TokenBucket } from './token-bucket.ts';

/** setTimeout fires at once for longer delays (its delay is a signed 32-bit number). */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** What limits a queue's dispatches. */
export interface SchedulerLimits {
  readonly maxDispatchesPerSecond: number;
  readonly maxBurstSize: number;
  readonly maxConcurrentDispatches: number;
}

/**
 * Decides when each task of one queue is sent. It has one timer at most: on the clock for the task due first, or
 * on the machine's time for the next rate token; none while the queue is empty, paused or at its concurrency cap.
 */
export class QueueScheduler {
  readonly #clock: Clock;
  readonly #start: (rowId: number) => void;
  readonly #heap = new DueHeap();
  readonly #waiting = new Map<number, Waiting>();
  readonly #open = new Set<number>();
  /** Ordered by RunTask while dispatches were held. */
  readonly #forced = new Set<number>();
  readonly #bucket: TokenBucket;
  readonly #throttle: QueueThrottle | undefined;
  #limits: SchedulerLimits;
  /** The rate that the bucket has now. */
  #perSecond: number;
  #paused: boolean;
  #held: boolean;
  #stopped = false;
  #cancelTimer: (() => void) | undefined;
  /** The time for which the clock's timer is set; undefined while it is none of the clock's. */
  #timerDueMs: number | undefined;

  /**
   * @param options.start sends a task; must not call back before it returns
   * @param options.monotonicMs the machine's monotonic time, for rate tokens
   */
  constructor(options: {
    clock: Clock;
    limits: SchedulerLimits;
    paused: boolean;
    held: boolean;
    start: (rowId: number) => void;
    monotonicMs: () => number;
    /** Lowers the rate; undefined: nothing does. */
    throttle?: QueueThrottle | undefined;
  }) {
    this.#clock = options.clock;
    this.#start = options.start;
    this.#paused = options.paused;
    this.#held = options.held;
    this.#throttle = options.throttle;
    this.#limits = options.limits;
    this.#perSecond = options.limits.maxDispatchesPerSecond;
    this.#bucket = new TokenBucket({
      perSecond: options.limits.maxDispatchesPerSecond,
      size: options.limits.maxBurstSize,
      nowMs: options.monotonicMs,
    });
  }

  /** Dispatches whose answer is awaited. */
  get openCount(): number {
    return this.#open.size;
  }

  /** Whether a task waits for nothing but a rate token, a slot, or the end of a hold. */
  get hasDue(): boolean {
    if (this.#forced.size > 0) return true;
    const first = this.#heap.peek();
    return !this.#paused && first !== undefined && first.dueMs <= this.#clock.nowMs();
  }

  /** The rate of now, in dispatches per second. */
  get perSecond(): number {
    return this.#throttle?.rate(this.#limits.maxDispatchesPerSecond) ?? this.#perSecond;
  }

  /** When the task that is due first is due; undefined if none waits. */
  get firstDueMs(): number | undefined {
    return this.#heap.peek()?.dueMs;
  }

  add(rowId: number, dueMs: number): void {
    this.load(rowId, dueMs);
    this.#pump();
  }

  /** Adds many without sending any; `wake` comes after the last one. */
  load(rowId: number, dueMs: number): void {
    const item: Waiting = { rowId, dueMs, heapIndex: 0 };
    this.#waiting.set(rowId, item);
    this.#heap.push(item);
  }

  wake(): void {
    this.#pump();
  }

  /** Forgets a task that was deleted. An open request to its handler goes on, and keeps its slot. */
  remove(rowId: number): void {
    this.#forced.delete(rowId);
    const item = this.#waiting.get(rowId);
    if (item === undefined) return;
    this.#waiting.delete(rowId);
    this.#heap.remove(item);
    this.#pump();
  }

  /** Forgets all waiting tasks. */
  clear(): void {
    this.#forced.clear();
    this.#waiting.clear();
    this.#heap.clear();
    this.#stopTimer();
  }

  /**
   * Sends a task now, whatever its time, the rate, the cap and a pause say; a hold it waits for.
   * @returns false if it is on its way already
   */
  runNow(rowId: number): boolean {
    const item = this.#waiting.get(rowId);
    if (item === undefined) return false;
    this.#waiting.delete(rowId);
    this.#heap.remove(item);
    this.#forced.add(rowId);
    this.#pump();
    return true;
  }

  /** Sends, as `runNow` does, every task that is due by then. @returns the number of tasks */
  runUntil(untilMs: number): number {
    const due = [...this.#waiting.values()].filter(({ dueMs }) => dueMs <= untilMs);
    for (const { rowId } of due) this.runNow(rowId);
    return due.length;
  }

  /** The dispatch has ended; its slot is free. */
  ended(rowId: number, signal?: ThrottleSignal): void {
    this.#open.delete(rowId);
    if (signal !== undefined) this.#throttle?.ended(signal);
    this.#pump();
  }

  setLimits(limits: SchedulerLimits): void {
    this.#limits = limits;
    this.#perSecond = limits.maxDispatchesPerSecond;
    this.#bucket.resize(limits.maxDispatchesPerSecond, limits.maxBurstSize);
    this.#stopTimer();
    this.#pump();
  }

  setPaused(paused: boolean): void {
    if (this.#paused && !paused) this.#throttle?.restart();
    this.#paused = paused;
    this.#pump();
  }

  setHeld(held: boolean): void {
    this.#held = held;
    this.#pump();
  }

  /** Sends nothing any more. */
  stop(): void {
    this.#stopped = true;
    this.#stopTimer();
  }

  #pump(): void {
    if (this.#held || this.#stopped) {
      this.#stopTimer();
      return;
    }
    if (this.#throttle !== undefined) this.#applyThrottle(this.#throttle);
    for (const rowId of this.#forced) {
      this.#forced.delete(rowId);
      this.#send(rowId);
    }
    for (;;) {
      const first = this.#heap.peek();
      if (this.#paused || first === undefined || this.#open.size >= this.#limits.maxConcurrentDispatches) {
        this.#stopTimer();
        return;
      }
      if (first.dueMs > this.#clock.nowMs()) {
        this.#wakeAt(first.dueMs);
        return;
      }
      if (!this.#bucket.take()) {
        this.#wakeForToken();
        return;
      }
      this.#heap.remove(first);
      this.#waiting.delete(first.rowId);
      this.#send(first.rowId);
    }
  }

  /** Gives the bucket the rate of now. A lower rate has a smaller burst. */
  #applyThrottle(throttle: QueueThrottle): void {
    const { maxDispatchesPerSecond, maxBurstSize } = this.#limits;
    const perSecond = throttle.rate(maxDispatchesPerSecond);
    if (perSecond === this.#perSecond) return;
    const share = perSecond / maxDispatchesPerSecond;
    this.#bucket.resize(perSecond, Math.max(1, Math.floor(maxBurstSize * share)));
    this.#perSecond = perSecond;
    if (this.#timerDueMs === undefined) this.#stopTimer();
  }

  #send(rowId: number): void {
    this.#open.add(rowId);
    this.#throttle?.started();
    this.#start(rowId);
  }

  #wakeAt(dueMs: number): void {
    if (this.#timerDueMs === dueMs) return;
    this.#stopTimer();
    this.#timerDueMs = dueMs;
    this.#cancelTimer = this.#clock.at(dueMs, () => this.#fired());
  }

  #wakeForToken(): void {
    if (this.#cancelTimer !== undefined && this.#timerDueMs === undefined) return;
    this.#stopTimer();
    const waitMs = Math.min(MAX_TIMER_MS, Math.ceil(this.#bucket.msUntilToken()));
    const timer = setTimeout(() => this.#fired(), waitMs);
    this.#cancelTimer = () => clearTimeout(timer);
  }

  #fired(): void {
    this.#cancelTimer = undefined;
    this.#timerDueMs = undefined;
    this.#pump();
  }

  #stopTimer(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    this.#timerDueMs = undefined;
  }
}
