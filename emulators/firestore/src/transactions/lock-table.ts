import { collectionIdOfName } from '../values/resource-name.ts';
import { AbortedError, type AbortReason } from './aborted-error.ts';
import type { Timers } from './timers.ts';

/** Somebody who holds locks: a transaction, or a single commit outside of one. */
export interface LockOwner {
  /**
   * Order of the first request for a lock: the table sets it where it is undefined. A transaction that runs again keeps
   * the age of its first try.
   */
  age: number | undefined;
  /**
   * Whether it gives all its locks back and starts over where a deadlock would abort it: a commit outside of transactions
   * has shown nothing to a client yet. It asks for all its locks in one call.
   */
  readonly startsOver: boolean;
  /** Called when an earlier reader writes what a query of this owner found. Must release the owner. */
  preempt?(error: AbortedError): void;
}

/**
 * Several owners may hold a document's lock shared, to read it; only one holds it exclusively, to write it. `found` is
 * shared too: the lock of a query on its result, which is taken away where an earlier reader of the document writes it.
 */
export type LockMode = 'found' | 'shared' | 'exclusive';

/** Who holds a mode need not ask for those before it. */
const MODES: readonly LockMode[] = ['found', 'shared', 'exclusive'];

interface Waiter {
  readonly owner: LockOwner;
  readonly name: string;
  readonly mode: LockMode;
  readonly grant: () => void;
  readonly refuse: (reason: AbortReason) => void;
  /** Ends the wait without the lock, as {@link LockOwner.startsOver} says. */
  readonly startOver: () => void;
}

interface Lock {
  readonly holders: Map<LockOwner, LockMode>;
  /** The first is granted first. A shared request waits here only behind an exclusive one. */
  readonly queue: Waiter[];
}

/**
 * Locks on documents by name, whether the documents exist or not. Requests are granted in order of arrival, except that
 * an owner that holds a lock shared and now wants it exclusively goes first. A shared request waits behind an exclusive
 * one that waits, so that writers do not starve. A deadlock is ended at once. An owner waits for one lock at a time.
 */
export class LockTable {
  readonly #locks = new Map<string, Lock>();
  readonly #held = new Map<LockOwner, Set<string>>();
  readonly #waiting = new Map<LockOwner, Waiter>();
  readonly #maxWaitMs: number;
  readonly #timers: Timers;
  #requests = 0;

  /** @param options.maxWaitMs a call of `acquire` that waits this long in all is refused with ABORTED */
  constructor(options: { maxWaitMs: number; timers: Timers }) {
    this.#maxWaitMs = options.maxWaitMs;
    this.#timers = options.timers;
  }

  /** Number of locked documents: none once nobody is at work. */
  get size(): number {
    return this.#locks.size;
  }

  /** Number of owners that wait for a lock. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** Whether nobody holds any of these locks. */
  areFree(names: readonly string[]): boolean {
    return names.every((name) => !this.#locks.has(name));
  }

  /**
   * Takes the locks one after another, in the order given: callers sort by name, so that two of them can't meet
   * head-on. Resolves to whether any had to be waited for.
   * @throws {AbortedError} to end a deadlock or after too long a wait; what was locked stays locked
   */
  async acquire(
    owner: LockOwner,
    names: readonly string[],
    mode: LockMode,
    signal?: AbortSignal,
  ): Promise<boolean> {
    this.#requests += 1;
    owner.age ??= this.#requests;
    let cancelTimeout: (() => void) | undefined;
    // One timeout for all waits of the call: it limits the time until the client has a response.
    const startTimeout = (): void => {
      cancelTimeout ??= this.#timers.after(this.#maxWaitMs, () =>
        this.#waiting.get(owner)?.refuse('lockTimeout'),
      );
    };
    const takeAll = async (): Promise<boolean> => {
      for (const name of names) {
        if (this.#takeNow(owner, name, mode)) continue;
        startTimeout();
        if (!(await this.#wait(owner, name, mode, signal))) return false;
      }
      return true;
    };
    try {
      while (!(await takeAll())) this.release(owner);
      return cancelTimeout !== undefined;
    } finally {
      cancelTimeout?.();
    }
  }

  /** Gives back all that the owner holds, and its place in a queue. */
  release(owner: LockOwner): void {
    this.#waiting.get(owner)?.refuse('cancelled');
    const names = this.#held.get(owner);
    this.#held.delete(owner);
    for (const name of names ?? []) {
      const lock = this.#locks.get(name);
      lock?.holders.delete(owner);
      this.#grantWaiters(name);
    }
  }

  /** Takes a lock if nothing stands in the way. @returns whether the owner has it */
  #takeNow(owner: LockOwner, name: string, mode: LockMode): boolean {
    const lock = this.#locks.get(name) ?? { holders: new Map(), queue: [] };
    const held = lock.holders.get(owner);
    if (held !== undefined && MODES.indexOf(held) >= MODES.indexOf(mode)) return true;
    const mustQueue = held === undefined && lock.queue.length > 0;
    if (mustQueue || !isFree(lock, owner, mode)) return false;
    this.#locks.set(name, lock);
    this.#give(lock, owner, name, mode);
    return true;
  }

  /** Aborts later owners whose queries found a document that this one has read and waits to write. */
  #preemptQueries({ owner, name }: Waiter): void {
    const holders = this.#locks.get(name)?.holders;
    if (holders?.has(owner) !== true) return;
    for (const [holder, held] of [...holders]) {
      if (held !== 'found' || ageOf(holder) <= ageOf(owner)) continue;
      this.#waiting.get(holder)?.refuse('lockConflict');
      holder.preempt?.(new AbortedError('lockConflict', collectionIdOfName(name)));
    }
  }

  #give(lock: Lock, owner: LockOwner, name: string, mode: LockMode): void {
    lock.holders.set(owner, mode);
    const names = this.#held.get(owner);
    if (names === undefined) this.#held.set(owner, new Set([name]));
    else names.add(name);
  }

  /** Waits for a lock. Resolves to whether the owner has it; if not, it has to start over. */
  #wait(owner: LockOwner, name: string, mode: LockMode, signal: AbortSignal | undefined): Promise<boolean> {
    return new Promise((resolve, reject) => {
      const lock = this.#locks.get(name);
      if (lock === undefined)
        throw new Error(`Nobody holds the lock of ${name}: there is nothing to wait for`);
      const leaveQueue = (): void => {
        signal?.removeEventListener('abort', cancel);
        this.#waiting.delete(owner);
        lock.queue.splice(lock.queue.indexOf(waiter), 1);
      };
      const leaveUngranted = (): void => {
        leaveQueue();
        // Those behind it may have waited for this one alone.
        this.#grantWaiters(name);
      };
      const waiter: Waiter = {
        owner,
        name,
        mode,
        grant: () => {
          leaveQueue();
          this.#give(lock, owner, name, mode);
          resolve(true);
        },
        refuse: (reason) => {
          reject(new AbortedError(reason, collectionIdOfName(name)));
          leaveUngranted();
        },
        startOver: () => {
          resolve(false);
          leaveUngranted();
        },
      };
      const cancel = (): void => waiter.refuse('cancelled');
      this.#waiting.set(owner, waiter);
      if (lock.holders.has(owner)) lock.queue.unshift(waiter);
      else lock.queue.push(waiter);
      signal?.addEventListener('abort', cancel);
      if (signal?.aborted === true) cancel();
      else {
        this.#preemptQueries(waiter);
        this.#breakDeadlocks(waiter);
      }
    });
  }

  #grantWaiters(name: string): void {
    const lock = this.#locks.get(name);
    if (lock === undefined) return;
    for (let next = lock.queue[0]; next !== undefined; next = lock.queue[0]) {
      if (!isFree(lock, next.owner, next.mode)) return;
      next.grant();
    }
    if (lock.holders.size === 0) this.#locks.delete(name);
  }

  /**
   * Ends the wait of the latest owner of each circle that `start` closes by beginning to wait. That never hits the earliest
   * owner of all, and since a retry keeps its age, each owner is that in the end.
   */
  #breakDeadlocks(start: Waiter): void {
    if (this.#waiting.get(start.owner) !== start || !this.#isWaitedFor(start.owner)) return;
    for (let circle = this.#findCircle(start); circle !== undefined; circle = this.#findCircle(start)) {
      const latest = circle.reduce((one, other) => (ageOf(other.owner) > ageOf(one.owner) ? other : one));
      if (latest.owner.startsOver) latest.startOver();
      else latest.refuse(circle.every(({ name }) => name === start.name) ? 'lockConflict' : 'deadlock');
      if (latest === start) return;
    }
  }

  #isWaitedFor(owner: LockOwner): boolean {
    for (const name of this.#held.get(owner) ?? []) {
      if (this.#locks.get(name)?.queue.some((waiter) => waiter.owner !== owner)) return true;
    }
    return false;
  }

  /** Finds waiters of whom each waits for the next and the last for the first, which is `start`. */
  #findCircle(start: Waiter): Waiter[] | undefined {
    const seen = new Set<Waiter>();
    const walk = (waiter: Waiter): Waiter[] | undefined => {
      for (const blocker of this.#blockersOf(waiter)) {
        if (blocker === start.owner) return [waiter];
        const next = this.#waiting.get(blocker);
        if (next === undefined || seen.has(next)) continue;
        seen.add(next);
        const circle = walk(next);
        if (circle !== undefined) return [waiter, ...circle];
      }
      return undefined;
    };
    return walk(start);
  }

  /** The owners that a waiter waits for: those who hold the lock, and those before it in the queue. */
  *#blockersOf({ owner, name, mode }: Waiter): Generator<LockOwner> {
    const lock = this.#locks.get(name);
    for (const [holder, held] of lock?.holders ?? []) {
      if (holder !== owner && conflict(held, mode)) yield holder;
    }
    for (const earlier of lock?.queue ?? []) {
      if (earlier.owner === owner) return;
      if (conflict(earlier.mode, mode)) yield earlier.owner;
    }
  }
}

function conflict(one: LockMode, other: LockMode): boolean {
  return one === 'exclusive' || other === 'exclusive';
}

/** Whether no other holder stands in the way. */
function isFree(lock: Lock, owner: LockOwner, mode: LockMode): boolean {
  for (const [holder, held] of lock.holders) {
    if (holder !== owner && conflict(held, mode)) return false;
  }
  return true;
}

function ageOf({ age }: LockOwner): number {
  return age ?? 0;
}
