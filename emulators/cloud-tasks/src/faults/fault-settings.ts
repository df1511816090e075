/** Which faults are injected, and how often. Shares go from 0, never, to 1, always; all default to 0. */
export interface FaultSettings {
  /** The same seed gives a task's attempts the same faults, whatever else happens at the time. */
  readonly seed: number;
  /** Of the attempts: the handler gets the request twice, at once or one after the other. */
  readonly duplicateShare?: number;
  /** Of the attempts: the handler's answer is thrown away, so that the attempt has failed though its work is done. */
  readonly dropAnswerShare?: number;
  /** Each attempt is sent up to so many milliseconds late, of the machine's time. At most 60,000. */
  readonly maxDelayMs?: number;
  /** Of the attempts: sent only after one that came later has ended, or a second later if there is none. */
  readonly reorderShare?: number;
  /** Of the API's calls: answered UNAVAILABLE, half of them before and half of them after they took effect. */
  readonly refuseShare?: number;
}

/** Thrown for settings that can't be used; names all problems. */
export class FaultSettingsError extends Error {
  override readonly name = 'FaultSettingsError';
  readonly code = 'BAD_FAULTS';
}

const MAX_DELAY_MS = 60_000;
const SHARES = ['duplicateShare', 'dropAnswerShare', 'reorderShare', 'refuseShare'] as const;
const MEMBERS: readonly string[] = ['seed', 'maxDelayMs', ...SHARES];

/**
 * Checks settings that come from outside.
 * @param value parsed JSON
 * @throws {FaultSettingsError} naming all problems at once
 */
export function readFaultSettings(value: unknown): FaultSettings {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new FaultSettingsError('Faults must be an object such as {"seed": 1, "duplicateShare": 0.2}');
  }
  const given = value as Record<string, unknown>;
  const problems = Object.keys(given)
    .filter((name) => !MEMBERS.includes(name))
    .map((name) => `${name} is not known; there are ${MEMBERS.join(', ')}`);
  const check = (name: string, fits: (number: number) => boolean, expected: string): void => {
    const number = given[name];
    if (number === undefined && name !== 'seed') return;
    if (typeof number === 'number' && fits(number)) return;
    problems.push(`${name} must be ${expected}, got ${JSON.stringify(number)}`);
  };
  check('seed', Number.isSafeInteger, 'a whole number');
  check(
    'maxDelayMs',
    (ms) => Number.isInteger(ms) && ms >= 0 && ms <= MAX_DELAY_MS,
    `a whole number from 0 to ${MAX_DELAY_MS}`,
  );
  for (const name of SHARES) check(name, (share) => share >= 0 && share <= 1, 'a number from 0 to 1');
  if (problems.length > 0) throw new FaultSettingsError(`Faults: ${problems.join('; ')}`);
  return given as unknown as FaultSettings;
}
