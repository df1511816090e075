import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { prepareDataFolder } from './storage/data-folder.ts';
import { makePrivateFolder, PRIVATE_FILE_MODE } from './storage/private-files.ts';

/** What time it is for an emulator, and a timer in that time. */
export interface Clock {
  /** Whole milliseconds since the Unix epoch. */
  nowMs(): number;
  /**
   * Runs `run` once, as soon as `nowMs()` has reached `atMs`, also when the clock is moved past it.
   * Never runs it synchronously. Returns a function that cancels.
   */
  at(atMs: number, run: () => void): () => void;
}

/** setTimeout fires at once for longer delays (its delay is a signed 32-bit number). */
const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * The machine's clock plus an offset that can be moved ahead, so that tomorrow's tasks can be seen today.
 * It never goes back: schedules, read times and tombstones rely on that.
 */
export class MovableClock implements Clock {
  #offsetMs: number;
  readonly #systemNowMs: () => number;
  readonly #moveListeners = new Set<() => void>();

  /** @param options.offsetMs how far ahead of the machine's clock to start, in milliseconds; default 0 */
  constructor(options: { offsetMs?: number; systemNowMs?: () => number } = {}) {
    this.#offsetMs = options.offsetMs ?? 0;
    this.#systemNowMs = options.systemNowMs ?? Date.now;
  }

  get offsetMs(): number {
    return this.#offsetMs;
  }

  nowMs(): number {
    return Math.floor(this.#systemNowMs() + this.#offsetMs);
  }

  /**
   * Moves the clock so that it is `offsetMs` ahead of the machine's.
   * @throws {RangeError} if that would move it back, or is no whole number
   */
  setOffset(offsetMs: number): void {
    if (!Number.isSafeInteger(offsetMs) || offsetMs < this.#offsetMs) {
      throw new RangeError(
        `The clock's offset must be a whole number of milliseconds, at least the present ${this.#offsetMs}, got ${offsetMs}`,
      );
    }
    if (offsetMs === this.#offsetMs) return;
    this.#offsetMs = offsetMs;
    for (const listener of [...this.#moveListeners]) listener();
  }

  /**
   * Moves the clock ahead by so many milliseconds.
   * @throws {RangeError} if that would move it back, or is no whole number
   */
  advance(ms: number): void {
    if (!Number.isSafeInteger(ms) || ms < 0) {
      throw new RangeError(`The clock advances by a whole number of milliseconds from 0 on, got ${ms}`);
    }
    this.setOffset(this.#offsetMs + ms);
  }

  /** Calls `listener` after each move. Returns a function that ends that. */
  onMove(listener: () => void): () => void {
    this.#moveListeners.add(listener);
    return () => this.#moveListeners.delete(listener);
  }

  at(atMs: number, run: () => void): () => void {
    let timer: NodeJS.Timeout | undefined;
    const arm = (): void => {
      clearTimeout(timer);
      const delayMs = Math.max(0, atMs - this.nowMs());
      timer = setTimeout(fire, Math.min(delayMs, MAX_TIMER_MS));
    };
    const fire = (): void => {
      // Timers may fire a millisecond early, and long ones are armed in parts.
      if (this.nowMs() < atMs) {
        arm();
        return;
      }
      cancel();
      run();
    };
    const cancel = (): void => {
      clearTimeout(timer);
      stopListening();
    };
    const stopListening = this.onMove(arm);
    arm();
    return cancel;
  }
}

/**
 * A movable clock whose offset is kept in `<dataDir>/clock.json` over restarts; without a folder it starts
 * at the machine's time each time.
 * @throws {DataFolderUnusableError} if the folder can't be made or written
 * @throws {Error} if the file is there and is not one that this function wrote
 */
export function openMovableClock(dataDir: string | undefined): MovableClock {
  if (dataDir === undefined) return new MovableClock();
  prepareDataFolder(dataDir);
  const file = join(dataDir, 'clock.json');
  const clock = new MovableClock({ offsetMs: readOffset(file) });
  clock.onMove(() => {
    makePrivateFolder(dataDir);
    const half = `${file}.${process.pid}.tmp`;
    writeFileSync(half, `${JSON.stringify({ offsetMs: clock.offsetMs })}\n`, {
      flush: true,
      mode: PRIVATE_FILE_MODE,
    });
    renameSync(half, file);
  });
  return clock;
}

function readOffset(file: string): number {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0;
    throw error;
  }
  const offsetMs = parseOffset(text);
  if (offsetMs === undefined) {
    throw new Error(
      `${file} must hold {"offsetMs": <whole number ≥ 0>}; delete it to start at the machine's time`,
    );
  }
  return offsetMs;
}

function parseOffset(text: string): number | undefined {
  try {
    const { offsetMs } = JSON.parse(text) as { offsetMs?: unknown };
    return typeof offsetMs === 'number' && Number.isSafeInteger(offsetMs) && offsetMs >= 0
      ? offsetMs
      : undefined;
  } catch {
    return undefined;
  }
}
