import { LostAttemptError } from '../errors.ts';
import type { TaskLedger } from '../ledger/task-ledger.ts';
import { LEASE_MS } from '../ledger/transitions/due-times.ts';
import type { HeldAttempt } from '../ledger/unclaimed-attempt.ts';

/** Settings of an {@link AttemptHold}. */
export interface AttemptHoldOptions {
  readonly ledger: TaskLedger;
  readonly attempt: HeldAttempt;
  /** A clock that never jumps. */
  readonly monotonicMs: () => number;
  /** When its claim was sent, by that clock. */
  readonly claimSentAtMs: number;
  /** Called once if the lease is over by that clock: nobody renewed it, and another attempt may have begun. */
  readonly onLeaseOver: () => void;
}

/**
 * An attempt's hold on its task: the claim, which may be written after the handler has begun, and the lease. The lease is
 * counted from the moment a claim or a heartbeat is sent, so it is over here before it is over in Firestore.
 */
export class AttemptHold {
  readonly #options: AttemptHoldOptions;
  #attempt: HeldAttempt;
  #claiming: Promise<void> | undefined;
  #leaseUntilMs = Number.POSITIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: AttemptHoldOptions) {
    this.#options = options;
    this.#attempt = options.attempt;
    if (options.attempt.unclaimed === undefined) this.#leaseFrom(options.claimSentAtMs);
  }

  /**
   * Writes the claim, unless it is written. Calls at the same time share one.
   * @throws {LostAttemptError} if another attempt has begun, or the task is terminal
   */
  async claim(): Promise<void> {
    if (this.#attempt.unclaimed === undefined) return;
    this.#claiming ??= this.#writeClaim().finally(() => {
      this.#claiming = undefined;
    });
    await this.#claiming;
  }

  /**
   * Gives a sign of life: renews the lease, or writes the claim.
   * @throws {LostAttemptError} if the task is no longer this attempt's
   */
  async keepAlive(): Promise<void> {
    if (this.#attempt.unclaimed !== undefined) return this.claim();
    const sentAtMs = this.#options.monotonicMs();
    const { taskId, attemptId } = this.#attempt;
    await this.#options.ledger.heartbeat(taskId, attemptId);
    this.#leaseFrom(sentAtMs);
  }

  /** Stops the attempt if its lease is over: a process that was frozen must not call out before its timers run. */
  checkLease(): void {
    if (this.#options.monotonicMs() >= this.#leaseUntilMs) this.#options.onLeaseOver();
  }

  /**
   * The attempt for its end. A claim under way comes first, for the end depends on it.
   * @throws {LostAttemptError} if that finds the task lost
   */
  async settled(): Promise<HeldAttempt> {
    try {
      await this.#claiming;
    } catch (error) {
      // Whether it was written, the transaction of the end finds out.
      if (error instanceof LostAttemptError) throw error;
    }
    return this.#attempt;
  }

  /** The attempt as it is now, where its end can't wait for a claim under way. */
  get attempt(): HeldAttempt {
    return this.#attempt;
  }

  /** Ends the watch over the lease. */
  release(): void {
    clearTimeout(this.#timer);
  }

  async #writeClaim(): Promise<void> {
    const sentAtMs = this.#options.monotonicMs();
    await this.#options.ledger.claimLate(this.#attempt);
    this.#attempt = { ...this.#attempt, unclaimed: undefined };
    this.#leaseFrom(sentAtMs);
  }

  #leaseFrom(sentAtMs: number): void {
    this.#leaseUntilMs = sentAtMs + LEASE_MS;
    clearTimeout(this.#timer);
    const restMs = Math.max(0, this.#leaseUntilMs - this.#options.monotonicMs());
    this.#timer = setTimeout(this.#options.onLeaseOver, restMs);
  }
}
