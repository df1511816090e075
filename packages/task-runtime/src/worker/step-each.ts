import { createHash } from 'node:crypto';
import { MisuseError } from '../errors.ts';
import { checkItemCount } from './step-limits.ts';
import type { StepSettings, WrittenStep } from './step-options.ts';

/** Maximum number of calls that one `step.each` makes at a time. */
const MAX_CONCURRENCY = 16;

/** The options of a step that is made for each item of a list; the functions get the item. */
export interface StepEachSettings<I, T> {
  /** Maximum number of calls at a time, up to 16. Default 1: one after the other, in the order of the items. */
  readonly concurrency?: number | undefined;
  /** See {@link StepIdentity.effect}. */
  readonly effect?: ((item: I, index: number) => string) | undefined;
  /** See {@link StepIdentity.aliases}: names of steps that were the item's before. */
  readonly aliases?: ((item: I, index: number) => readonly string[]) | undefined;
  readonly lookup?: ((item: I, key: string, signal: AbortSignal) => Promise<T | undefined>) | undefined;
  readonly remembersForSeconds?: number | undefined;
  readonly atMostOnce?: boolean | undefined;
}

/** An item with the name of its step. */
export interface StepItem<I> {
  readonly item: I;
  readonly index: number;
  readonly name: string;
}

/**
 * Refuses what is no list: no call would be made, and the task would succeed.
 * @throws {MisuseError} STEP_ITEMS
 */
export function checkItems({ name, place }: WrittenStep, items: unknown): void {
  if (typeof items === 'object' && items !== null && Symbol.iterator in items) return;
  const got =
    items instanceof Promise
      ? 'a promise: await it'
      : `${items === null ? 'null' : typeof items}: give an array, a Set or another iterable`;
  throw new MisuseError(
    'STEP_ITEMS',
    `step.each("${name}")${place}: its items must be a list, and are ${got}`,
  );
}

/**
 * Names the step of each item by the item's key. A name shows a plain key; of any other, which may be personal and stays
 * in the record, it has a hash.
 * @throws {MisuseError} STEP_KEY, STEP_KEY_REPEATED; TOO_MANY_STEPS for a list of more than 100 items, or without end
 */
export function nameItems<I>(
  { name, place }: WrittenStep,
  items: Iterable<I>,
  keyOf: (item: I) => string,
): StepItem<I>[] {
  const label = `step.each("${name}")${place}`;
  if (typeof keyOf !== 'function') {
    throw new MisuseError('STEP_KEY', `${label}: keyOf must be a function that gives an item's key`);
  }
  const indexes = new Map<string, number>();
  return Array.from(items, (item, index) => {
    checkItemCount(label, index);
    const key: unknown = keyOf(item);
    if (typeof key !== 'string' || key === '' || !key.isWellFormed()) {
      throw new MisuseError(
        'STEP_KEY',
        `${label}: keyOf must give well-formed text that is not empty, and gives none for item ${index}`,
      );
    }
    const earlier = indexes.get(key);
    if (earlier !== undefined) {
      throw new MisuseError(
        'STEP_KEY_REPEATED',
        `${label}: items ${earlier} and ${index} have the same key, so one of the calls would be lost: ` +
          'give keyOf a key that is unique in the list, or take repeated items out of it',
      );
    }
    indexes.set(key, index);
    const plain = /^[\w.-]{1,60}$/.test(key)
      ? key
      : `#${createHash('sha256').update(key).digest('hex').slice(0, 32)}`;
    return { item, index, name: `${name}[${plain}]` };
  });
}

/** The options of one item's step. */
export function settingsOfItem<I, T>(
  { item, index }: StepItem<I>,
  { effect, aliases, lookup, remembersForSeconds, atMostOnce }: StepEachSettings<I, T>,
): StepSettings<T> {
  return {
    effect: effect?.(item, index),
    aliases: aliases?.(item, index),
    lookup: lookup && ((key, signal) => lookup(item, key, signal)),
    remembersForSeconds,
    atMostOnce,
  };
}

/**
 * Runs a function for each item, at most `concurrency` at a time. After a failure no further one is begun; the failure is
 * thrown once all that were begun have ended, so that their results are recorded.
 */
export async function runEach<I, R>(
  items: readonly I[],
  concurrency: number,
  run: (item: I) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  const failures: unknown[] = [];
  const rest = items.entries();
  await Promise.all(
    Array.from({ length: Math.min(concurrency, items.length) }, async () => {
      for (const [index, item] of rest) {
        if (failures.length > 0) return;
        try {
          results[index] = await run(item);
        } catch (error) {
          failures.push(error);
        }
      }
    }),
  );
  if (failures.length > 0) throw failures[0];
  return results;
}

/** @throws {MisuseError} STEP_OPTIONS */
export function checkConcurrency({ name, place }: WrittenStep, concurrency: number): void {
  if (Number.isInteger(concurrency) && concurrency >= 1 && concurrency <= MAX_CONCURRENCY) return;
  throw new MisuseError(
    'STEP_OPTIONS',
    `step.each("${name}")${place}: concurrency must be 1 to ${MAX_CONCURRENCY}, got ${String(concurrency)}`,
  );
}
