import { parseProtoDuration } from './proto-duration.ts';
import type { NumberField, QueueField } from './queue-fields.ts';
import { MAX_SHARDS } from './shards.ts';

/** A field's value, or the problem of the value in the file; `%s` in the problem stands for that value. */
export type ReadValue =
  | { readonly value: number | string; readonly problem?: never }
  | { readonly problem: string; readonly value?: never };

/**
 * Reads the value of a queue's field.
 * @param shards number of shards that the queue is divided into; undefined: it is not divided
 */
export function readFieldValue(field: QueueField, given: unknown, shards: number | undefined): ReadValue {
  const read = readKind(field, given, shards);
  // The API cannot tell 0 from "not set", and would put its default there.
  return read.value === 0 ? { problem: 'is 0, which means the default: leave it out' } : read;
}

function readKind(field: QueueField, given: unknown, shards: number | undefined): ReadValue {
  if (field.kind === 'text') {
    return typeof given === 'string' && given !== ''
      ? { value: given }
      : { problem: 'must be a text, got %s' };
  }
  if (field.kind === 'duration') {
    const value = typeof given === 'string' ? parseProtoDuration(given) : undefined;
    if (value === undefined) return { problem: 'must be a duration such as 10s, got %s' };
    return field.wholeSeconds && value % 1_000_000 !== 0
      ? { problem: 'must be a duration in whole seconds, such as 10s, got %s' }
      : { value };
  }
  return readNumber(field, given, shards);
}

function readNumber(field: NumberField, given: unknown, shards: number | undefined): ReadValue {
  const isWhole = field.kind === 'integer';
  const max = field.divided ? field.max * (shards ?? 1) : field.max;
  const accepted = isWhole ? `a whole number from 1 to ${max}` : `a number above 0, up to ${max}`;
  const range = `must be ${field.unlimited ? `${field.unlimited} (no limit) or ` : ''}${accepted}, got %s`;
  if (typeof given !== 'number') return { problem: range };
  if (given === 0 || given === field.unlimited) return { value: given };
  const neededShards = Math.ceil(given / field.max);
  if (field.divided && given > max && neededShards <= MAX_SHARDS) {
    return { problem: `${range}; a queue that needs more can be divided by shards: ${neededShards}` };
  }
  if ((isWhole && !Number.isInteger(given)) || !(given > 0 && given <= max)) return { problem: range };
  const problem = field.divided && shards !== undefined ? divisionProblem(given, shards, isWhole) : undefined;
  return problem === undefined ? { value: given } : { problem };
}

/** The problem of a sum that does not divide evenly among shards; rates go down to a thousandth a second. */
function divisionProblem(sum: number, shards: number, isWhole: boolean): string | undefined {
  const unit = isWhole ? 1 : 0.001;
  const units = Math.round(sum / unit);
  if (units % shards === 0 && Math.abs(units * unit - sum) < 1e-9) return undefined;
  const lower = Math.floor(units / shards) * shards;
  const near = [lower, lower + shards]
    .filter((candidate) => candidate > 0)
    .map((candidate) => Number((candidate * unit).toFixed(3)));
  const parts = isWhole ? 'whole parts' : 'parts of whole thousandths';
  return `must divide into ${shards} shards in ${parts}, got %s; near it: ${near.join(', ')}`;
}
