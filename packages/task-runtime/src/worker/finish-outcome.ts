import { MisuseError } from '../errors.ts';

/**
 * Reads the outcome of what a work returns, or of the options of `finish`. Any other value would be dropped, and the task
 * would be a plain success.
 * @throws {MisuseError} FINISH_RESULT
 */
export function outcomeOf(what: 'work' | 'options', value: unknown): string | undefined {
  if (value === undefined) return undefined;
  const names = typeof value === 'object' && value !== null ? Object.keys(value) : undefined;
  const isPlain = names !== undefined && !Array.isArray(value) && names.every((name) => name === 'outcome');
  const outcome = isPlain ? (value as { readonly outcome?: unknown }).outcome : null;
  const isComplete = what === 'options' || names?.length === 1;
  if (isPlain && isComplete && (outcome === undefined || typeof outcome === 'string')) return outcome;
  const subject = what === 'work' ? 'The work of finish() returned' : 'finish() got as its options';
  throw new MisuseError(
    'FINISH_RESULT',
    `${subject} ${describe(value, names)}: only { outcome: '…' } is allowed, or nothing`,
  );
}

/** Names alone: the values may be personal. */
function describe(value: unknown, names: readonly string[] | undefined): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (names === undefined) return `a ${typeof value}`;
  return `an object with ${names.length === 0 ? 'no members' : names.slice(0, 5).join(', ').slice(0, 200)}`;
}
