import { createHash } from 'node:crypto';
import type { FaultSettings } from './fault-settings.ts';

/** What is to go wrong with one attempt. */
export interface AttemptFaults {
  readonly delayMs: number;
  /** Held back until a later attempt has ended. */
  readonly reordered: boolean;
  readonly duplicated: 'no' | 'at once' | 'afterwards';
  readonly responseDropped: boolean;
}

/** When a call of the API is refused: before it takes effect, or after. */
export type CallFault = 'none' | 'before' | 'after';

/** How often each fault was injected since the start. */
export interface FaultCounts {
  attempts: number;
  delayed: number;
  reordered: number;
  duplicated: number;
  answersDropped: number;
  calls: number;
  refusedBefore: number;
  refusedAfter: number;
}

/** Decides what goes wrong. Without settings nothing does. */
export class FaultPlan {
  #settings: FaultSettings | undefined;
  readonly #callsByName = new Map<string, number>();
  readonly #counts: FaultCounts = {
    attempts: 0,
    delayed: 0,
    reordered: 0,
    duplicated: 0,
    answersDropped: 0,
    calls: 0,
    refusedBefore: 0,
    refusedAfter: 0,
  };

  constructor(settings: FaultSettings | undefined) {
    this.#settings = settings;
  }

  get settings(): FaultSettings | undefined {
    return this.#settings;
  }

  get counts(): Readonly<FaultCounts> {
    return { ...this.#counts };
  }

  /** Takes effect with the next attempt and the next call; undefined: nothing goes wrong any more. */
  set(settings: FaultSettings | undefined): void {
    this.#settings = settings;
    this.#callsByName.clear();
  }

  /** The faults of a task's attempt: the same each time it is asked for. */
  ofAttempt(taskName: string, attempt: number): AttemptFaults {
    const settings = this.#settings;
    if (settings === undefined) {
      return { delayMs: 0, reordered: false, duplicated: 'no', responseDropped: false };
    }
    const draw = (what: string): number =>
      fraction([settings.seed, 'attempt', taskName, attempt, what].join('\n'));
    const faults: AttemptFaults = {
      delayMs: Math.round((settings.maxDelayMs ?? 0) * draw('delay')),
      reordered: draw('reorder') < (settings.reorderShare ?? 0),
      duplicated:
        draw('duplicate') >= (settings.duplicateShare ?? 0)
          ? 'no'
          : draw('together') < 0.5
            ? 'at once'
            : 'afterwards',
      responseDropped: draw('drop') < (settings.dropAnswerShare ?? 0),
    };
    this.#counts.attempts += 1;
    if (faults.delayMs > 0) this.#counts.delayed += 1;
    if (faults.reordered) this.#counts.reordered += 1;
    if (faults.duplicated !== 'no') this.#counts.duplicated += 1;
    if (faults.responseDropped) this.#counts.answersDropped += 1;
    return faults;
  }

  /** The fault of the next call of a method on a resource: each repeat is decided anew. */
  ofCall(method: string, resource: string): CallFault {
    const settings = this.#settings;
    const share = settings?.refuseShare ?? 0;
    if (settings === undefined || share === 0) return 'none';
    const name = `${method}\n${resource}`;
    const number = (this.#callsByName.get(name) ?? 0) + 1;
    this.#callsByName.set(name, number);
    if (this.#callsByName.size > MAX_NAMES) this.#forgetOldestName();
    this.#counts.calls += 1;
    const drawn = fraction([settings.seed, 'call', name, number].join('\n'));
    if (drawn >= share) return 'none';
    const fault = drawn < share / 2 ? 'before' : 'after';
    if (fault === 'before') this.#counts.refusedBefore += 1;
    else this.#counts.refusedAfter += 1;
    return fault;
  }

  #forgetOldestName(): void {
    for (const oldest of this.#callsByName.keys()) {
      this.#callsByName.delete(oldest);
      return;
    }
  }
}

/** Calls are made again soon or never: what is older need not be counted. */
const MAX_NAMES = 10_000;

/** A number from 0 to below 1 that depends on nothing but the text. */
function fraction(text: string): number {
  return createHash('sha256').update(text).digest().readUInt32BE(0) / 2 ** 32;
}
