import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { createInterface } from 'node:readline';
import { MovableClock, openMovableClock } from '@waybill/emulator-kit';
import { callLoopback } from '../clients/call-loopback.ts';

/** An emulator in a process of its own, whose clock follows the stack's. */
export interface ClockFollower {
  readonly name: string;
  readonly port: number;
  /** Resolves while it runs; waits while it is being started again. */
  whenReady(): Promise<void>;
}

/** The emulators that follow the stack's clock. */
export interface ClockFollowers {
  /** Firestore and the payment sandbox: they must have the new time before a task becomes due. */
  readonly usedByTasks: readonly ClockFollower[];
  readonly cloudTasks: ClockFollower;
}

const HOST = '127.0.0.1';
const CALL_TIMEOUT_MS = 10_000;
/** Maximum wait for open dispatches: a service that hangs must not block the clock command forever. */
const HOLD_TIMEOUT_MS = 60_000;
const MOVE_ATTEMPTS = 5;

/**
 * The one clock of the stack: the machine's, plus an offset that only grows. The offset in the data folder is authoritative.
 * It is written first when the clock moves, and every emulator that starts is set to it. So all agree again after a crash
 * of any of them, even in the middle of a move.
 */
export class StackClock {
  /** The time of the stack itself, and of App Engine's cron. */
  readonly clock: MovableClock;
  readonly #stored: MovableClock;
  #moves: Promise<void> = Promise.resolve();

  constructor(dataDir: string) {
    this.#stored = openMovableClock(dataDir);
    this.clock = new MovableClock({ offsetMs: this.#stored.offsetMs });
  }

  /** Sets an emulator that has just started to the stack's time. */
  async set(port: number): Promise<void> {
    const { status, text } = await callLoopback({
      port,
      method: 'PUT',
      path: '/emulator/clock',
      body: { offsetMs: this.#stored.offsetMs },
      signal: AbortSignal.timeout(CALL_TIMEOUT_MS),
    });
    if (status !== 200) throw new Error(`The clock on port ${port} can't be set: ${text.trim()}`);
  }

  /**
   * Moves the clock ahead: waits until no dispatch is open, holds further ones back, moves the clocks of what tasks use,
   * then App Engine's and Cloud Tasks', and releases the dispatches. Further moves wait for it.
   * @throws {Error} if dispatches stay open for a minute; then nothing has moved
   */
  advance(advanceMs: number, followers: ClockFollowers): Promise<void> {
    const move = this.#moves.then(() => this.#advance(advanceMs, followers));
    this.#moves = move.catch(() => {});
    return move;
  }

  async #advance(advanceMs: number, { usedByTasks, cloudTasks }: ClockFollowers): Promise<void> {
    await cloudTasks.whenReady();
    const hold = await holdDispatches(cloudTasks.port);
    try {
      await hold.noneOpen;
      this.#stored.setOffset(this.#stored.offsetMs + advanceMs);
      await Promise.all(usedByTasks.map((follower) => this.#follow(follower)));
      this.clock.setOffset(this.#stored.offsetMs);
      await this.#follow(cloudTasks);
    } finally {
      hold.release();
    }
  }

  /** Retries while the emulator restarts; its start sets the clock, too. */
  async #follow(follower: ClockFollower): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      await follower.whenReady();
      try {
        await this.set(follower.port);
        return;
      } catch (error) {
        if (attempt === MOVE_ATTEMPTS) {
          throw new Error(`The clock of ${follower.name} was not moved: ${String(error)}`, { cause: error });
        }
      }
    }
  }
}

/** Dispatches that are held back. */
export interface DispatchHold {
  /** Resolves once those that were open have ended; rejects if that takes longer than a minute. */
  readonly noneOpen: Promise<void>;
  release(): void;
}

/** Makes Cloud Tasks hold its dispatches back until `release()`, or the end of this process. Resolves when it does. */
export async function holdDispatches(port: number): Promise<DispatchHold> {
  const signal = AbortSignal.timeout(HOLD_TIMEOUT_MS);
  const call = request({ host: HOST, port, method: 'POST', path: '/emulator/dispatch:hold', agent: false });
  const release = (): void => {
    call.destroy();
  };
  // A connection that breaks later is no error: Cloud Tasks may die, and its dispatches with it.
  call.on('error', () => {});
  try {
    call.end();
    const [response] = (await once(call, 'response', { signal })) as [IncomingMessage];
    const noneOpen = readHeld(response, signal);
    noneOpen.catch(() => {});
    return { noneOpen, release };
  } catch (error) {
    release();
    throw error;
  }
}

async function readHeld(response: IncomingMessage, signal: AbortSignal): Promise<void> {
  const lines = createInterface({ input: response });
  try {
    const [line] = (await Promise.race([
      once(lines, 'line', { signal }),
      once(lines, 'close', { signal }).then(() => ['the connection was closed']),
    ])) as [string];
    if (line !== 'held') throw new Error(`Cloud Tasks did not hold its dispatches back: ${line}`);
  } catch (error) {
    if (!signal.aborted) throw error;
    throw new Error(
      `The clock was not moved: tasks were still running after ${HOLD_TIMEOUT_MS / 1000} s. Try again when they are done`,
      { cause: error },
    );
  }
}
