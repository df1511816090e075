import { createHash } from 'node:crypto';

/** Which transactions are aborted so that their functions run again. */
export interface RerunSettings {
  /** The same seed chooses the same ones, counted in the order of their first commits. */
  readonly seed: number;
  /** Share of the read-write transactions, from 0 to 1. Each is aborted at most once, its retries included. */
  readonly rerunShare: number;
}

/** Thrown for settings that can't be used; names all problems. */
export class RerunSettingsError extends Error {
  override readonly name = 'RerunSettingsError';
  readonly code = 'BAD_FAULTS';
}

const MEMBERS: readonly string[] = ['seed', 'rerunShare'] satisfies (keyof RerunSettings)[];

/**
 * Checks settings that come from outside.
 * @param value parsed JSON
 * @throws {RerunSettingsError} naming all problems at once
 */
export function readRerunSettings(value: unknown): RerunSettings {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new RerunSettingsError('Faults must be an object such as {"seed": 1, "rerunShare": 0.2}');
  }
  const { seed, rerunShare } = value as Record<string, unknown>;
  const problems = Object.keys(value)
    .filter((name) => !MEMBERS.includes(name))
    .map((name) => `${name} is not known; there are ${MEMBERS.join(', ')}`);
  if (!Number.isSafeInteger(seed)) problems.push(`seed must be a whole number, got ${JSON.stringify(seed)}`);
  if (typeof rerunShare !== 'number' || !(rerunShare >= 0 && rerunShare <= 1)) {
    problems.push(`rerunShare must be a number from 0 to 1, got ${JSON.stringify(rerunShare)}`);
  }
  if (problems.length > 0) throw new RerunSettingsError(`Faults: ${problems.join('; ')}`);
  return value as RerunSettings;
}

/** Chooses at random which transactions run again. Without settings none does. */
export class RerunPlan {
  readonly #settings: RerunSettings | undefined;
  #drawn = 0;

  constructor(settings: RerunSettings | undefined) {
    this.#settings = settings;
  }

  /** Whether the next transaction is to run again. */
  next(): boolean {
    if (this.#settings === undefined) return false;
    const { seed, rerunShare } = this.#settings;
    this.#drawn += 1;
    return fraction(`${seed}\nrerun\n${this.#drawn}`) < rerunShare;
  }
}

/** From 0 to below 1, by the text alone. */
function fraction(text: string): number {
  return createHash('sha256').update(text).digest().readUIntBE(0, 6) / 2 ** 48;
}
