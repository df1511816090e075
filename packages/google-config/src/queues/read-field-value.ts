import { parseDuration } from './proto-duration.ts';
import type { QueueField } from './queue-fields.ts';

/** A field's value, or what is wrong with what is there; `%s` in it stands for that. */
export type ReadValue =
  | { readonly value: number | string; readonly problem?: never }
  | { readonly problem: string; readonly value?: never };

/**
 * Judges what stands in a field of a queue.
 * @param given the YAML scalar; undefined for a list or a mapping
 * @param shards into how many the queue is divided
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
    const value = parseDuration(String(given));
    return value === undefined ? { problem: 'must be a duration such as 10s, got %s' } : { value };
  }
  const whole = field.kind === 'integer';
  const most = field.most * (field.divided ? (shards ?? 1) : 1);
  if (
    typeof given !== 'number' ||
    (whole && !Number.isInteger(given)) ||
    !(given >= field.least && given <= most)
  ) {
    const range = `must be ${whole ? 'a whole number' : 'a number'} from ${field.least} to ${most}, got %s`;
    if (!field.divided || typeof given !== 'number' || !(given > most)) return { problem: range };
    const needed = Math.ceil(given / field.most);
    return { problem: `${range}; a queue that needs more can be divided by shards: ${needed}` };
  }
  const problem = field.divided && shards !== undefined ? uneven(given, shards, whole) : undefined;
  return problem === undefined ? { value: given } : { problem };
}

/** Why a sum can't be shared out among shards; rates go down to a thousandth a second. */
function uneven(sum: number, shards: number, whole: boolean): string | undefined {
  const unit = whole ? 1 : 0.001;
  const units = Math.round(sum / unit);
  if (units % shards === 0 && Math.abs(units * unit - sum) < 1e-9) return undefined;
  const lower = Math.floor(units / shards) * shards;
  const near = [lower, lower + shards]
    .filter((candidate) => candidate > 0)
    .map((candidate) => Number((candidate * unit).toFixed(3)));
  const parts = whole ? 'whole parts' : 'parts of whole thousandths';
  return `must divide into ${shards} shards in ${parts}, got %s; near it: ${near.join(', ')}`;
}
