import type { RecordedJson } from './recorded-json.ts';
import type { StepEachSettings } from './step-each.ts';
import type { AtMostOnceStep, LookedUpStep, RepeatableStep, StepCall, StepOptions } from './step-options.ts';

/** A call to the outside for one item of a list. The provider recognises a repeat by `key`. */
export type StepItemCall<I, T> = (item: I, key: string, signal: AbortSignal) => Promise<T>;

/** The options of `step.each`: those of a step, whose functions get the item, and the maximum of calls at a time. */
export type StepEachOptions<I, T> = Pick<StepEachSettings<I, T>, 'concurrency' | 'effect' | 'aliases'> &
  (
    | RepeatableStep
    | AtMostOnceStep
    | (Omit<LookedUpStep<T>, 'lookup'> & Required<Pick<StepEachSettings<I, T>, 'lookup'>>)
  );

/**
 * A call to the outside. `call` gets a key that is the same in every attempt, for the provider to recognise a repeat by.
 * Its result (JSON, at most 16 KiB) is kept in the record, so that a later attempt doesn't call again; the result is
 * always the recorded JSON. A refusal, that is an error with `retryable: false`, is kept too, until a replay.
 *
 * A name is used once in an attempt: for a list, use {@link Step.each}. Await each step before `finish`. A wrong use
 * makes the task dead with a {@link MisuseError}.
 */
export interface Step {
  <T>(name: string, call: StepCall<T>): Promise<RecordedJson<T>>;
  <T>(name: string, options: StepOptions<NoInfer<T>>, call: StepCall<T>): Promise<RecordedJson<T>>;
  /** @deprecated Use `step(name, options, call)`. */
  <T>(name: string, call: StepCall<T>, options: StepOptions<NoInfer<T>>): Promise<RecordedJson<T>>;
  /**
   * A step for each item of a list, one after the other or `concurrency` at a time. `keyOf` gives each item a key that is
   * unique in the list and the same in every attempt, such as an id: by it the item's step is recognised. After a failure
   * no further call is begun.
   * @returns the results, in the order of the items
   */
  each<I, T>(
    name: string,
    items: Iterable<I>,
    keyOf: (item: NoInfer<I>) => string,
    call: StepItemCall<NoInfer<I>, T>,
  ): Promise<RecordedJson<T>[]>;
  each<I, T>(
    name: string,
    items: Iterable<I>,
    keyOf: (item: NoInfer<I>) => string,
    options: StepEachOptions<NoInfer<I>, NoInfer<T>>,
    call: StepItemCall<NoInfer<I>, T>,
  ): Promise<RecordedJson<T>[]>;
}
