import type { CallSite } from '../call-site.ts';
import { MisuseError } from '../errors.ts';

const NAME = /^[a-z][a-z0-9-]{0,59}$/;
/** A name in a record: of a list's item, it has the item's key, or a hash of that. */
const RECORDED_NAME = /^[a-z][a-z0-9-]{0,59}(\[([\w.-]{1,60}|#[0-9a-f]{32})\])?$/;

/** Whether a value can be the name under which a step, or an item's step, is recorded. */
export function isStepName(value: unknown): value is string {
  return typeof value === 'string' && RECORDED_NAME.test(value);
}

/** @throws {MisuseError} STEP_NAME */
export function checkStepName(name: unknown, place: CallSite): void {
  if (typeof name === 'string' && NAME.test(name)) return;
  throw new MisuseError(
    'STEP_NAME',
    `A step's name is kebab case of at most 60 characters, got "${String(name)}"${place}: for a list, use step.each(name, items, keyOf, call)`,
  );
}
