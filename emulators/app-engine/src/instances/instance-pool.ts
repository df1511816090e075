import type { Clock } from '@waybill/emulator-kit';
import type { Instance } from './instance.ts';
import type { InstanceSlot, InstanceState } from './instance-slot.ts';
import { type ScalingPlan, targetInstances } from './scaling-plan.ts';

/** Thrown when no instance could take a request in time, or too many requests wait already: answered with 503. */
export class NoInstanceError extends Error {
  override readonly name = 'NoInstanceError';
}

/** Bounds on waiting for an instance and on its end. */
export interface PoolLimits {
  pendingTimeoutMs: number;
  maxPending: number;
  stopGraceMs: number;
}

/** Which instance a request wants. */
export interface InstanceChoice {
  /** The one at this position, from 0. Default any. */
  position?: number | undefined;
  /** Another than this one, if another can take it. */
  avoid?: Instance | undefined;
}

/** An instance's place in the pool. */
interface Place {
  slot: InstanceSlot;
  /** Since when it has had no request, in the clock's time. Means nothing while it has some. */
  idleSinceMs: number;
}

/** A request that waits for an instance, or for the one at a position. */
interface Waiter {
  position: number | undefined;
  resolve: (instance: Instance) => void;
  reject: (error: NoInstanceError) => void;
}

/**
 * The instances of one version. Each request gets the one with the fewest; while none can take it, it waits its turn.
 * With more requests an instance is added, the next one only when all are ready: that is gentle to a laptop, and a version
 * that doesn't start is not started many times. Instances without requests are ended after their time.
 */
export class InstancePool {
  readonly #plan: ScalingPlan;
  readonly #limits: PoolLimits;
  readonly #clock: Clock;
  readonly #createSlot: (position: number, onReady: () => void) => InstanceSlot;
  /** By position, from 0; a place that becomes free is the next to be taken. */
  readonly #places = new Map<number, Place>();
  /** Instances that were taken out of the pool and have not ended yet. */
  readonly #ending = new Set<Promise<void>>();
  /** In the order in which they came. */
  readonly #waiters = new Set<Waiter>();
  #cancelIdleCheck: (() => void) | undefined;
  #stopped = false;

  /** @param options.createSlot makes a slot for the instance at a position, not yet started, which says when an instance there is ready */
  constructor(options: {
    plan: ScalingPlan;
    limits: PoolLimits;
    clock: Clock;
    createSlot: (position: number, onReady: () => void) => InstanceSlot;
  }) {
    this.#plan = options.plan;
    this.#limits = options.limits;
    this.#clock = options.clock;
    this.#createSlot = options.createSlot;
  }

  /** Starts the instances that are there from the beginning, and returns at once. */
  start(): void {
    for (let position = 0; position < this.#plan.initial; position += 1) this.#add(position);
  }

  /** Whether an instance may be asked for by its position: from 0 up to, not including, as many as there can be. */
  isAddressable(position: number): boolean {
    return this.#plan.addressable && position < this.#plan.max;
  }

  /**
   * The ready instance with the fewest requests; waits for one that can take another. It is to be given back by `release()`.
   * @param signal aborts when the request is no longer wanted
   * @throws {NoInstanceError} if none could take it in time, or too many requests wait already
   */
  async acquire(signal: AbortSignal, { position, avoid }: InstanceChoice = {}): Promise<Instance> {
    const instance =
      this.#take(position, avoid) ?? this.#take(position) ?? (await this.#wait(signal, position));
    this.#scaleUp();
    return instance;
  }

  /** Says that an instance from `acquire()` has answered a request, or will not. */
  release(instance: Instance): void {
    instance.inFlight -= 1;
    if (instance.inFlight === 0) {
      for (const place of this.#places.values()) {
        if (place.slot.ready === instance) place.idleSinceMs = this.#clock.nowMs();
      }
    }
    this.#serveWaiters();
    this.#planIdleCheck();
  }

  /** The instances as they are now, by position. */
  states(): InstanceState[] {
    return [...this.#places].sort(([a], [b]) => a - b).map(([, { slot }]) => slot.state());
  }

  /** Sends a signal to the processes of every instance; resolves when they have ended. */
  async kill(signal: NodeJS.Signals): Promise<void> {
    await Promise.all(this.#slots().map((slot) => slot.kill(signal)));
  }

  /** Ends the instances in order and starts others; resolves when the old ones have ended. */
  async restart(): Promise<void> {
    await Promise.all(this.#slots().map((slot) => slot.restart(this.#limits.stopGraceMs)));
  }

  /** Ends the instances in order, for good. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancelIdleCheck?.();
    for (const waiter of this.#waiters) waiter.reject(new NoInstanceError('it is being stopped'));
    this.#waiters.clear();
    await Promise.all([...this.#slots().map((slot) => slot.stop(this.#limits.stopGraceMs)), ...this.#ending]);
  }

  #slots(): InstanceSlot[] {
    return [...this.#places.values()].map(({ slot }) => slot);
  }

  #take(position: number | undefined, avoid?: Instance): Instance | undefined {
    const slots = position === undefined ? this.#slots() : [this.#places.get(position)?.slot];
    let best: Instance | undefined;
    for (const instance of slots.map((slot) => slot?.ready)) {
      if (instance === undefined || instance === avoid) continue;
      if (instance.inFlight >= this.#plan.requestsPerInstance) continue;
      if (best === undefined || instance.inFlight < best.inFlight) best = instance;
    }
    if (best) best.inFlight += 1;
    return best;
  }

  async #wait(signal: AbortSignal, position: number | undefined): Promise<Instance> {
    const { maxPending, pendingTimeoutMs } = this.#limits;
    if (this.#stopped) throw new NoInstanceError('it is being stopped');
    if (this.#waiters.size >= maxPending) {
      throw new NoInstanceError(`${maxPending} requests wait for an instance already`);
    }
    const { promise, resolve, reject } = Promise.withResolvers<Instance>();
    const waiter: Waiter = { position, resolve, reject };
    const giveUp = (text: string) => {
      // At once, so that no instance is given to a request that is no longer there.
      this.#waiters.delete(waiter);
      reject(new NoInstanceError(text));
    };
    const onAbort = () => giveUp('the client went away');
    const timer = setTimeout(() => giveUp(this.#whyNone()), pendingTimeoutMs);
    signal.addEventListener('abort', onAbort);
    if (signal.aborted) onAbort();
    else this.#waiters.add(waiter);
    if (position !== undefined && !this.#places.has(position)) this.#add(position);
    this.#scaleUp();
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    }
  }

  #serveWaiters(): void {
    for (const waiter of this.#waiters) {
      const instance = this.#take(waiter.position);
      if (instance) {
        this.#waiters.delete(waiter);
        waiter.resolve(instance);
      } else if (waiter.position === undefined) {
        // No instance at all can take a request.
        return;
      }
    }
  }

  #requests(): number {
    return this.#slots().reduce((sum, slot) => sum + (slot.ready?.inFlight ?? 0), this.#waiters.size);
  }

  #scaleUp(): void {
    if (this.#stopped || this.#slots().some((slot) => !slot.ready)) return;
    if (this.#surplus() >= 0) return;
    let position = 0;
    while (this.#places.has(position)) position += 1;
    this.#add(position);
  }

  #add(position: number): void {
    if (this.#stopped) return;
    const slot = this.#createSlot(position, () => {
      const place = this.#places.get(position);
      if (place?.slot === slot) place.idleSinceMs = this.#clock.nowMs();
      this.#serveWaiters();
      this.#scaleUp();
    });
    this.#places.set(position, { slot, idleSinceMs: this.#clock.nowMs() });
    slot.start();
    this.#planIdleCheck();
  }

  #surplus(): number {
    return this.#places.size - targetInstances(this.#plan, this.#requests());
  }

  /** Looks again when the first of the idle instances has had its time. */
  #planIdleCheck(): void {
    if (this.#cancelIdleCheck || this.#stopped || this.#surplus() <= 0) return;
    const since = [...this.#places.values()].filter(isIdle).map(({ idleSinceMs }) => idleSinceMs);
    if (since.length === 0) return;
    this.#cancelIdleCheck = this.#clock.at(Math.min(...since) + this.#plan.idleTimeoutMs, () => {
      this.#cancelIdleCheck = undefined;
      this.#endIdle();
      this.#planIdleCheck();
    });
  }

  #endIdle(): void {
    let surplus = this.#surplus();
    const longAgoMs = this.#clock.nowMs() - this.#plan.idleTimeoutMs;
    for (const [position, place] of [...this.#places].sort(([a], [b]) => b - a)) {
      if (surplus <= 0) return;
      if (!isIdle(place) || place.idleSinceMs > longAgoMs) continue;
      surplus -= 1;
      this.#places.delete(position);
      const ended = place.slot
        .stop(this.#limits.stopGraceMs, 'it had nothing to do')
        .finally(() => this.#ending.delete(ended));
      this.#ending.add(ended);
    }
  }

  #whyNone(): string {
    const seconds = this.#limits.pendingTimeoutMs / 1000;
    const ready = this.#slots().filter((slot) => slot.ready).length;
    if (ready > 0)
      return `no instance was free within ${seconds} s (${ready} of at most ${this.#plan.max} have as many requests as they take)`;
    const [lastDeath] = this.states().flatMap((state) => state.lastDeath ?? []);
    return `no instance became ready within ${seconds} s${lastDeath === undefined ? '' : `; the last one: ${lastDeath}`}`;
  }
}

function isIdle({ slot }: Place): boolean {
  return (slot.ready?.inFlight ?? 0) === 0;
}
