import { MisuseError } from '../errors.ts';

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

/**
 * Refuses options that contradict each other: a step whose protection is ignored may act twice.
 * @throws {MisuseError} STEP_OPTIONS
 */
export function checkStepOptions<T>(name: string, options: StepSettings<T>): void {
  const { lookup, remembersForSeconds, atMostOnce, effect } = options;
  const problems: string[] = [];
  if (remembersForSeconds !== undefined && lookup === undefined) {
    problems.push(
      'remembersForSeconds needs a lookup, which asks for a call that the provider has forgotten',
    );
  }
  if (remembersForSeconds !== undefined && !(remembersForSeconds >= 0)) {
    problems.push(`remembersForSeconds must be 0 or more, got ${remembersForSeconds}`);
  }
  if (atMostOnce === true && lookup !== undefined) {
    problems.push('atMostOnce is for calls that can not be looked up: leave out one of both');
  }
  if (effect !== undefined && (typeof effect !== 'string' || effect === '')) {
    problems.push('effect must be a text that is not empty, e.g. an order’s id');
  }
  if (problems.length > 0) {
    throw new MisuseError('STEP_OPTIONS', `Step "${name}": ${problems.join('; ')}`);
  }
}
