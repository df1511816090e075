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

  /** Runs another write of the attempt after those before it. */
  run<T>(write: () => Promise<T>): Promise<T> {
    const result = this.#last.then(write);
    this.#last = result.catch(() => {});
    return result;
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
