import type { DispatchOutcome } from '../engine/attempts/attempt-result.ts';
import type { Dispatch, Dispatcher } from '../engine/attempts/dispatch-loop.ts';
import type { FaultPlan } from './fault-plan.ts';

/** How long an attempt that is held back waits for a later one. */
const REORDER_WAIT_MS = 1_000;

/** Sends by another dispatcher, with the faults of a plan. */
export class FaultyDispatcher implements Dispatcher {
  readonly #inner: Dispatcher;
  readonly #plan: FaultPlan;
  /** Attempts that wait for a later one to end. */
  readonly #heldBack = new Set<() => void>();
  /** Waits that are under way: they end at once when the emulator closes. */
  readonly #waits = new Set<() => void>();
  #closing = false;

  constructor(inner: Dispatcher, plan: FaultPlan) {
    this.#inner = inner;
    this.#plan = plan;
  }

  describeTarget(dispatch: Dispatch): string {
    return this.#inner.describeTarget(dispatch);
  }

  async send(dispatch: Dispatch): Promise<DispatchOutcome> {
    const faults = this.#plan.ofAttempt(dispatch.task.name, dispatch.retryCount + 1);
    if (faults.delayMs > 0) await this.#wait(faults.delayMs);
    if (faults.reordered) await this.#holdBack();
    const earlier = [...this.#heldBack];
    const outcome = await this.#sendOnceOrTwice(dispatch, faults.duplicated);
    for (const release of earlier) release();
    if (faults.responseDropped && outcome.kind === 'responded') {
      return { kind: 'unreachable', reason: 'the answer was dropped, as the injected faults ask for' };
    }
    return outcome;
  }

  /** Ends all waits: what was to be sent later is handed on now. */
  endWaits(): void {
    this.#closing = true;
    for (const end of [...this.#waits]) end();
  }

  async #sendOnceOrTwice(
    dispatch: Dispatch,
    duplicated: 'no' | 'at once' | 'afterwards',
  ): Promise<DispatchOutcome> {
    if (duplicated === 'no') return this.#inner.send(dispatch);
    const outcomes =
      duplicated === 'at once'
        ? await Promise.all([this.#inner.send(dispatch), this.#inner.send(dispatch)])
        : [await this.#inner.send(dispatch), await this.#inner.send(dispatch)];
    const [first, second] = outcomes as [DispatchOutcome, DispatchOutcome];
    return isSuccess(first) ? first : second;
  }

  /** Waits for the end of an attempt that is sent from now on. */
  async #holdBack(): Promise<void> {
    await this.#wait(REORDER_WAIT_MS, (release) => {
      this.#heldBack.add(release);
      return () => this.#heldBack.delete(release);
    });
  }

  #wait(timeMs: number, onWait: (end: () => void) => () => void = () => () => {}): Promise<void> {
    if (this.#closing) return Promise.resolve();
    return new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        this.#waits.delete(end);
        forget();
        resolve();
      };
      const timer = setTimeout(end, timeMs);
      this.#waits.add(end);
      const forget = onWait(end);
    });
  }
}

function isSuccess(outcome: DispatchOutcome): boolean {
  return outcome.kind === 'responded' && outcome.httpStatus >= 200 && outcome.httpStatus < 300;
}
