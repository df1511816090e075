import type { TaskLedger } from '../ledger/task-ledger.ts';
import type { StepRecord, TaskRecord } from '../ledger/task-record.ts';

type Written = Awaited<ReturnType<TaskLedger['recordSteps']>>;

/** Makes a step's record. It throws where the record can't hold it. */
export type MakeStep = (nowMs: number, recorded: TaskRecord['steps']) => StepRecord;

interface WaitingStep {
  readonly name: string;
  readonly make: MakeStep;
  readonly done: PromiseWithResolvers<{ nowMs: number }>;
}

/**
 * Queues the writes of one attempt: they change one document, and beside each other they would only make each other
 * wait. Records of steps that wait together are written together.
 */
export class AttemptWrites {
  readonly #write: (steps: (nowMs: number) => Record<string, StepRecord>) => Promise<Written>;
  #recorded: TaskRecord['steps'];
  #waiting: WaitingStep[] = [];
  #last: Promise<unknown> = Promise.resolve();
  /** Each is bounded in time by itself. */
  readonly #inProgress = new Set<Promise<unknown>>();

  constructor(
    recorded: TaskRecord['steps'],
    write: (steps: (nowMs: number) => Record<string, StepRecord>) => Promise<Written>,
  ) {
    this.#recorded = recorded;
    this.#write = write;
  }

  /** The steps that were recorded so far, by this attempt and earlier ones. */
  get recorded(): TaskRecord['steps'] {
    return this.#recorded;
  }

  /** Whether a write has begun that has not settled. */
  get anyInProgress(): boolean {
    return this.#inProgress.size > 0;
  }

  /** Waits until each write that is now in progress has settled, however it ends. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#inProgress);
  }

  /** Runs another write of the attempt after those before it. */
  run<T>(write: () => Promise<T>): Promise<T> {
    const result = this.#last.then(() => this.track(write()));
    this.#last = result.catch(() => {});
    return result;
  }

  /**
   * Runs the last write of an attempt whose process is about to end: after those before it, but `maxWaitMs` from now at the
   * latest. They may wait for a lock for longer than the process lives; a write that follows the end finds its task lost.
   */
  async runSoon<T>(write: () => Promise<T>, maxWaitMs: number): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, maxWaitMs);
    });
    await Promise.race([this.#last, timeout]);
    clearTimeout(timer);
    return await this.track(write());
  }

  /** Counts a write that has begun as in progress until it settles. */
  async track<T>(write: Promise<T>): Promise<T> {
    this.#inProgress.add(write);
    try {
      return await write;
    } finally {
      this.#inProgress.delete(write);
    }
  }

  /**
   * Records a step. `make` sees the records of all steps that were written before it, so limits hold for parallel steps.
   * @returns Firestore's time of the write
   */
  record(name: string, make: MakeStep): Promise<{ nowMs: number }> {
    const done = Promise.withResolvers<{ nowMs: number }>();
    this.#waiting.push({ name, make, done });
    if (this.#waiting.length === 1) void this.run(() => this.#writeWaiting()).catch(() => {});
    return done.promise;
  }

  async #writeWaiting(): Promise<void> {
    const batch = this.#waiting;
    this.#waiting = [];
    let refused = new Map<WaitingStep, unknown>();
    try {
      const { steps, nowMs } = await this.#write((atMs) => {
        // Firestore's client may run the transaction again: each run begins anew.
        refused = new Map();
        const made: Record<string, StepRecord> = {};
        for (const waiting of batch) {
          try {
            made[waiting.name] = waiting.make(atMs, { ...this.#recorded, ...made });
          } catch (error) {
            refused.set(waiting, error);
          }
        }
        return made;
      });
      this.#recorded = steps;
      for (const waiting of batch) {
        if (refused.has(waiting)) waiting.done.reject(refused.get(waiting));
        else waiting.done.resolve({ nowMs });
      }
    } catch (error) {
      for (const { done } of batch) done.reject(error);
    }
  }
}
