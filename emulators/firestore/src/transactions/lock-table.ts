import { aborted, type FirestoreError } from '../firestore-error.ts';

/** Somebody who holds locks: a transaction, or a single commit outside of one. */
export interface LockOwner {
  /** Order of arrival. The youngest of a deadlock gives way, since it has done the least. */
  readonly age: number;
  /** Whether it may be sacrificed to end a deadlock. Commits outside transactions lock in name order and wait. */
  readonly preemptible: boolean;
}

interface Waiter {
  readonly owner: LockOwner;
  readonly grant: () => void;
  readonly refuse: (error: FirestoreError) => void;
}

interface Lock {
  holder: LockOwner;
  readonly queue: Waiter[];
}

/**
 * Exclusive locks on documents, by name, whether the documents exist or not. Who comes first is served first;
 * a circle of waiters is broken at once. An owner waits for one lock at a time.
 */
export class LockTable {
  readonly #locks = new Map<string, Lock>();
  readonly #held = new Map<LockOwner, Set<string>>();
  readonly #waiting = new Map<LockOwner, { name: string; waiter: Waiter }>();
  readonly #maxWaitMs: number;

  /** @param options.maxWaitMs who has waited this long is refused with ABORTED */
  constructor(options: { maxWaitMs: number }) {
    this.#maxWaitMs = options.maxWaitMs;
  }

  /** How many locks are held: none once nobody is at work. */
  get size(): number {
    return this.#locks.size;
  }

  /**
   * Takes the locks one after another, in the order given: callers sort by name, so that two of them can't meet
   * head-on. Resolves to whether any had to be waited for.
   * @throws {FirestoreError} ABORTED to end a deadlock or after too long a wait; what was locked stays locked
   */
  async acquire(owner: LockOwner, names: readonly string[], signal?: AbortSignal): Promise<boolean> {
    let waited = false;
    for (const name of names) {
      const lock = this.#locks.get(name);
      if (lock === undefined) {
        this.#take(owner, name);
        continue;
      }
      if (lock.holder === owner) continue;
      waited = true;
      await this.#wait(owner, name, lock, signal);
    }
    return waited;
  }

  /** Lets go of all that the owner holds, and of its place in a queue. */
  release(owner: LockOwner): void {
    this.#waiting.get(owner)?.waiter.refuse(contention());
    const names = this.#held.get(owner);
    this.#held.delete(owner);
    for (const name of names ?? []) {
      const lock = this.#locks.get(name);
      const next = lock?.queue.shift();
      if (lock === undefined || next === undefined) {
        this.#locks.delete(name);
        continue;
      }
      lock.holder = next.owner;
      this.#heldBy(next.owner).add(name);
      next.grant();
    }
  }

  #take(owner: LockOwner, name: string): void {
    this.#locks.set(name, { holder: owner, queue: [] });
    this.#heldBy(owner).add(name);
  }

  #heldBy(owner: LockOwner): Set<string> {
    const known = this.#held.get(owner);
    if (known !== undefined) return known;
    const names = new Set<string>();
    this.#held.set(owner, names);
    return names;
  }

  #wait(owner: LockOwner, name: string, lock: Lock, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const end = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', cancel);
        this.#waiting.delete(owner);
        const place = lock.queue.indexOf(waiter);
        if (place >= 0) lock.queue.splice(place, 1);
      };
      const waiter: Waiter = {
        owner,
        grant: () => {
          end();
          resolve();
        },
        refuse: (error) => {
          end();
          reject(error);
        },
      };
      const cancel = (): void =>
        waiter.refuse(aborted('The call was cancelled while it waited for a document.'));
      const timer = setTimeout(() => waiter.refuse(contention()), this.#maxWaitMs);
      lock.queue.push(waiter);
      this.#waiting.set(owner, { name, waiter });
      signal?.addEventListener('abort', cancel);
      if (signal?.aborted === true) cancel();
      else this.#breakDeadlock(owner);
    });
  }

  /** If `start`, which has begun to wait, closes a circle, refuses the youngest in it that may be sacrificed. */
  #breakDeadlock(start: LockOwner): void {
    const circle: LockOwner[] = [];
    let owner: LockOwner | undefined = start;
    while (owner !== undefined) {
      circle.push(owner);
      const waitsFor = this.#waiting.get(owner);
      owner = waitsFor === undefined ? undefined : this.#locks.get(waitsFor.name)?.holder;
      if (owner === start) break;
    }
    if (owner === undefined) return;
    const victim = circle.filter((member) => member.preemptible).sort((a, b) => b.age - a.age)[0];
    if (victim !== undefined) this.#waiting.get(victim)?.waiter.refuse(contention());
  }
}

function contention(): FirestoreError {
  return aborted('Too much contention on these documents. Please try again.');
}
