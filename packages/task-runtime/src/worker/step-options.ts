import type { CallSite } from '../call-site.ts';
import { MisuseError } from '../errors.ts';
import { isStepName } from './step-name.ts';

/** A call to the outside. The provider recognises a repeat by `key`. */
export type StepCall<T> = (key: string, signal: AbortSignal) => Promise<T>;

/** The identity of a step. */
export interface StepIdentity {
  /**
   * The effect that the call has, e.g. an order's id: all tasks of the contract whose step has this name and this effect
   * use the same key, so that the provider has the effect once. Default: the effect is this task's own.
   */
  readonly effect?: string | undefined;
  /**
   * Earlier names of the step, the first one first. A step that was recorded under one of them is this step, and its key
   * stays that of its first name.
   */
  readonly aliases?: readonly string[] | undefined;
}

/** A provider that recognises a key for ever, or whose repeats do no harm: no other protection is needed. */
export interface RepeatableStep {
  readonly lookup?: never;
  readonly remembersForSeconds?: never;
  readonly atMostOnce?: false;
}

/** A provider that can be asked for the outcome of a call. */
export interface LookedUpStep<T> {
  /**
   * Asks the provider for the result of an earlier call with this key. `undefined`: it never happened. `null` is a result
   * like any other: it is only allowed where the call itself may give null.
   */
  readonly lookup: (key: string, signal: AbortSignal) => Promise<T | undefined>;
  /**
   * Time for which the provider recognises a key, in seconds. A repeat that is older is preceded by `lookup`. Default 0:
   * each repeat is.
   */
  readonly remembersForSeconds?: number | undefined;
  readonly atMostOnce?: false;
}

/**
 * A provider that neither recognises a key nor can be asked: the call is never repeated after an unknown outcome. Only
 * {@link StepNotDoneError} says that it had no effect. Where an operator says later that it did happen, the step gives
 * undefined.
 */
export interface AtMostOnceStep {
  readonly atMostOnce: true;
  readonly lookup?: never;
  readonly remembersForSeconds?: never;
}

/** A provider's protection against doing things twice, and the identity of the step. */
export type StepOptions<T> = StepIdentity & (RepeatableStep | LookedUpStep<T> | AtMostOnceStep);

/** The same options as a program reads them. */
export interface StepSettings<T> extends StepIdentity {
  readonly lookup?: LookedUpStep<T>['lookup'] | undefined;
  readonly remembersForSeconds?: number | undefined;
  readonly atMostOnce?: boolean | undefined;
}

const OPTIONS = ['effect', 'aliases', 'lookup', 'remembersForSeconds', 'atMostOnce'];
const LIST_OPTIONS = [...OPTIONS, 'concurrency'];

/** A step as its author wrote it. */
export interface WrittenStep {
  readonly name: string;
  readonly place: CallSite;
}

/**
 * Refuses options that are none, or contradict each other: a step whose protection is ignored may act twice.
 * @throws {MisuseError} STEP_OPTIONS
 */
export function checkStepOptions<T>({ name, place }: WrittenStep, options: StepSettings<T>): void {
  const problems = nameProblems(options, OPTIONS);
  if (problems.length === 0) problems.push(...identityProblems(options), ...protectionProblems(options));
  if (problems.length > 0) {
    throw new MisuseError('STEP_OPTIONS', `Step "${name}"${place}: ${problems.join('; ')}`);
  }
}

/**
 * Refuses options of a list that are none; those of its items are checked one by one.
 * @throws {MisuseError} STEP_OPTIONS
 */
export function checkListOptions({ name, place }: WrittenStep, options: object): void {
  const problems = nameProblems(options, LIST_OPTIONS);
  if (problems.length === 0) {
    const ofItem = options as Readonly<Record<string, unknown>>;
    for (const option of ['effect', 'aliases', 'lookup']) {
      if (ofItem[option] !== undefined && typeof ofItem[option] !== 'function') {
        problems.push(`${option} must be a function that gets the item`);
      }
    }
  }
  if (problems.length > 0) {
    throw new MisuseError('STEP_OPTIONS', `step.each("${name}")${place}: ${problems.join('; ')}`);
  }
}

function nameProblems(options: unknown, known: readonly string[]): string[] {
  if (typeof options !== 'object' || options === null) {
    return [`the options must be an object with members of ${known.join(', ')}`];
  }
  return Object.keys(options)
    .filter((option) => !known.includes(option))
    .map((option) => `there is no option ${JSON.stringify(option)}: use ${known.join(', ')}`);
}

function identityProblems({ effect, aliases }: StepIdentity): string[] {
  const problems: string[] = [];
  if (effect !== undefined && (typeof effect !== 'string' || effect === '')) {
    problems.push('effect must be a text that is not empty, e.g. an order’s id');
  } else if (effect?.isWellFormed() === false) {
    problems.push('effect must be well-formed text, and has half of a character: use an id');
  }
  if (aliases !== undefined && !(Array.isArray(aliases) && aliases.every(isStepName))) {
    problems.push("aliases must be a list of the step's earlier names, e.g. ['charge']");
  }
  return problems;
}

function protectionProblems<T>({ lookup, remembersForSeconds, atMostOnce }: StepSettings<T>): string[] {
  const problems: string[] = [];
  if (lookup !== undefined && typeof lookup !== 'function') {
    problems.push('lookup must be a function that asks the provider for the call');
  }
  if (atMostOnce !== undefined && typeof atMostOnce !== 'boolean') {
    problems.push('atMostOnce must be true or false');
  }
  if (remembersForSeconds !== undefined && lookup === undefined) {
    problems.push(
      'remembersForSeconds needs a lookup, which asks for a call that the provider has forgotten',
    );
  }
  if (
    remembersForSeconds !== undefined &&
    !(typeof remembersForSeconds === 'number' && remembersForSeconds >= 0)
  ) {
    const got = typeof remembersForSeconds === 'number' ? remembersForSeconds : typeof remembersForSeconds;
    problems.push(`remembersForSeconds must be 0 or more, got ${got}`);
  }
  if (atMostOnce === true && lookup !== undefined) {
    problems.push('atMostOnce is for calls that can not be looked up: leave out one of both');
  }
  return problems;
}
