import assert from 'node:assert/strict';
import fc from 'fast-check';
import { ManualTimers } from '../../test/support/manual-timers.ts';
import type { AbortReason } from './aborted-error.ts';
import { type LockMode, type LockOwner, LockTable } from './lock-table.ts';

const MAX_WAIT_MS = 15_000;
const OWNERS = 6;
/** Those are commits outside of transactions: each asks once. */
const OUTSIDE_OWNERS = 2;

const MODES = ['found', 'shared', 'exclusive'] as const;

type Step =
  | { readonly kind: 'ask'; readonly owner: number; readonly name: string; readonly mode: LockMode }
  | { readonly kind: 'release'; readonly owner: number }
  | { readonly kind: 'cancel'; readonly owner: number }
  | { readonly kind: 'wait'; readonly ms: number };

interface Wait {
  readonly owner: LockOwner;
  readonly name: string;
  readonly mode: LockMode;
  readonly sinceMs: number;
  readonly controller: AbortController;
}

/** Runs steps on a table, and checks after each that it is as a plain list of holders and waiters says. */
class Model {
  readonly #timers = new ManualTimers();
  readonly #table = new LockTable({ maxWaitMs: MAX_WAIT_MS, timers: this.#timers });
  readonly #holders = new Map<string, Map<LockOwner, LockMode>>();
  /** In the order of their arrival; those who hold the lock already come first. */
  #waits: Wait[] = [];
  #nowMs = 0;
  readonly #broken: unknown[] = [];
  /** The owner whose request is being made. */
  #asking: LockOwner | undefined;
  readonly #owners: LockOwner[] = Array.from({ length: OWNERS }, (_, index) => this.#newOwner(index));

  async run(steps: readonly Step[]): Promise<void> {
    for (const step of steps) {
      this.#do(step);
      await settled();
      this.#check();
    }
    await this.#end();
  }

  #newOwner(index: number): LockOwner {
    const owner: LockOwner = {
      age: undefined,
      startsOver: index < OUTSIDE_OWNERS,
      preempt: () => {
        assert.ok((this.#asking?.age ?? 0) < (owner.age ?? 0), 'a later owner preempts an earlier one');
        this.#release(index, owner);
      },
    };
    return owner;
  }

  #do(step: Step): void {
    switch (step.kind) {
      case 'ask':
        this.#ask(step);
        return;
      case 'release':
        this.#release(step.owner);
        return;
      case 'cancel':
        this.#waitOf(this.#ownerAt(step.owner))?.controller.abort();
        return;
      case 'wait':
        this.#nowMs += step.ms;
        this.#timers.advance(step.ms);
    }
  }

  #ask({ owner: index, name, mode }: Extract<Step, { kind: 'ask' }>): void {
    const owner = this.#ownerAt(index);
    if (this.#waitOf(owner) !== undefined) return;
    if (owner.startsOver && (mode !== 'exclusive' || this.#isHolder(owner))) return;
    const controller = new AbortController();
    const wait: Wait = { owner, name, mode, sinceMs: this.#nowMs, controller };
    const isUpgrade = this.#holders.get(name)?.has(owner) === true;
    this.#waits = isUpgrade ? [wait, ...this.#waits] : [...this.#waits, wait];
    this.#asking = owner;
    this.#table
      .acquire(owner, [name], mode, controller.signal)
      .then(
        () => this.#granted(wait, index),
        ({ reason }) => this.#refused(wait, index, reason),
      )
      .catch((error: unknown) => this.#broken.push(error));
  }

  #granted(wait: Wait, index: number): void {
    const { owner, name, mode } = wait;
    if (this.#ownerAt(index) !== owner) {
      // Another one took the owner's other locks away before it knew of this one.
      this.#waits = this.#waits.filter((other) => other !== wait);
      return;
    }
    const holders = this.#holders.get(name) ?? new Map<LockOwner, LockMode>();
    const queue = this.#waitsFor(name);
    const overtaken = queue.slice(0, queue.indexOf(wait)).filter((earlier) => conflict(earlier.mode, mode));
    // No starvation: nobody overtakes a request that it is in conflict with, unless it holds the lock already, or a
    // deadlock made the other start over.
    if (!holders.has(owner)) {
      assert.ok(
        overtaken.every((earlier) => earlier.owner.startsOver),
        `${name}: overtaken`,
      );
      this.#waits = [...this.#waits.filter((other) => !overtaken.includes(other)), ...overtaken];
    }
    this.#waits = this.#waits.filter((other) => other !== wait);
    const held = holders.get(owner);
    if (held === undefined || MODES.indexOf(held) < MODES.indexOf(mode)) holders.set(owner, mode);
    this.#holders.set(name, holders);
  }

  #refused(wait: Wait, index: number, reason: AbortReason): void {
    const { owner, sinceMs, controller } = wait;
    this.#waits = this.#waits.filter((other) => other !== wait);
    if (reason === 'lockTimeout') assert.ok(this.#nowMs - sinceMs >= MAX_WAIT_MS);
    else if (reason === 'lockConflict' || reason === 'deadlock') {
      assert.ok(!owner.startsOver);
      const others = [...this.#waits, ...this.#allHolders()].map((other) => other.owner.age ?? 0);
      assert.ok(Math.min(...others) < (owner.age ?? 0), 'the first of all was aborted');
    } else assert.ok(reason === 'cancelled' && (controller.signal.aborted || this.#ownerAt(index) !== owner));
    this.#release(index, owner);
  }

  /** Ends an owner; another takes its place. */
  #release(index: number, owner: LockOwner = this.#ownerAt(index)): void {
    if (this.#ownerAt(index) === owner) this.#owners[index] = this.#newOwner(index);
    for (const holders of this.#holders.values()) holders.delete(owner);
    this.#table.release(owner);
  }

  #check(): void {
    if (this.#broken.length > 0) throw this.#broken[0];
    for (const [name, holders] of this.#holders) {
      const modes = [...holders.values()];
      assert.ok(modes.length < 2 || !modes.includes('exclusive'), `${name} is held ${modes.join(', ')}`);
    }
    for (const wait of this.#waits) {
      const blockers = this.#blockersOf(wait);
      // No lost wake-up: whoever waits does so for somebody.
      assert.ok(blockers.length > 0, `${wait.name} is free for ${wait.mode}`);
      assert.ok(this.#nowMs - wait.sinceMs < MAX_WAIT_MS, 'waits too long');
      assert.ok(!this.#leadsTo(blockers, wait.owner, new Set()), 'a deadlock is left');
    }
    assert.equal(this.#table.waiting, this.#waits.length);
    assert.equal(this.#timers.pending, this.#waits.length);
    assert.equal(this.#table.size, [...this.#holders.values()].filter(({ size }) => size > 0).length);
  }

  /** Releases whoever holds without waiting, until nobody waits: no time passes, so each wait ends by a grant or a refusal. */
  async #end(): Promise<void> {
    for (let round = 0; this.#waits.length > 0; round++) {
      assert.ok(round <= OWNERS, 'some wait does not end');
      for (const [index, owner] of this.#owners.entries()) {
        if (this.#waitOf(owner) === undefined) this.#release(index);
      }
      await settled();
      this.#check();
    }
    for (const index of this.#owners.keys()) this.#release(index);
    assert.deepEqual([this.#table.size, this.#table.waiting, this.#timers.pending], [0, 0, 0]);
  }

  #leadsTo(from: readonly LockOwner[], target: LockOwner, seen: Set<LockOwner>): boolean {
    return from.some((owner) => {
      if (owner === target) return true;
      if (seen.has(owner)) return false;
      seen.add(owner);
      const wait = this.#waitOf(owner);
      return wait !== undefined && this.#leadsTo(this.#blockersOf(wait), target, seen);
    });
  }

  #blockersOf(wait: Wait): LockOwner[] {
    const { owner, name, mode } = wait;
    const holders = [...(this.#holders.get(name) ?? [])]
      .filter(([holder, held]) => holder !== owner && conflict(held, mode))
      .map(([holder]) => holder);
    const queue = this.#waitsFor(name);
    const earlier = queue.slice(0, queue.indexOf(wait)).filter((other) => conflict(other.mode, mode));
    return [...holders, ...earlier.map((other) => other.owner)];
  }

  #waitsFor(name: string): Wait[] {
    return this.#waits.filter((wait) => wait.name === name);
  }

  #waitOf(owner: LockOwner): Wait | undefined {
    return this.#waits.find((wait) => wait.owner === owner);
  }

  #isHolder(owner: LockOwner): boolean {
    return [...this.#holders.values()].some((holders) => holders.has(owner));
  }

  #allHolders(): { owner: LockOwner }[] {
    return [...this.#holders.values()].flatMap((holders) => [...holders.keys()].map((owner) => ({ owner })));
  }

  #ownerAt(index: number): LockOwner {
    const owner = this.#owners[index];
    assert.ok(owner);
    return owner;
  }
}

function conflict(one: LockMode, other: LockMode): boolean {
  return one === 'exclusive' || other === 'exclusive';
}

/** Lets promises settle. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

const anyOwner = fc.nat(OWNERS - 1);
const anyStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      kind: fc.constant('ask' as const),
      owner: anyOwner,
      name: fc.constantFrom('c/1', 'c/2', 'c/3'),
      mode: fc.constantFrom<LockMode>(...MODES),
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('release' as const), owner: anyOwner }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('cancel' as const), owner: anyOwner }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.constantFrom(1, 6_000, 15_000) }),
  },
);

describe('LockTable', () => {
  it('keeps the rules of locks in any order of requests, and ends each wait', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyStep, { maxLength: 60, size: 'max' }), (steps) => new Model().run(steps)),
      { numRuns: 500 },
    );
  });
});
