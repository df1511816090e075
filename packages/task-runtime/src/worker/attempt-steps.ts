import type { Logger } from '@waybill/service-kit';
import { CallSite } from '../call-site.ts';
import { reportDetachedError } from '../detached-errors.ts';
import { MisuseError } from '../errors.ts';
import { reportLateCall } from '../report-late-call.ts';
import { readableError } from '../summarize-error.ts';
import { ObservedPromise } from './observed-promise.ts';
import { runStep, type StepScope } from './run-step.ts';
import type { Step, StepItemCall } from './step.ts';
import {
  checkConcurrency,
  checkItems,
  nameItems,
  runEach,
  type StepEachSettings,
  settingsOfItem,
} from './step-each.ts';
import { checkStepCount } from './step-limits.ts';
import { checkStepName } from './step-name.ts';
import {
  checkListOptions,
  checkStepOptions,
  type StepCall,
  type StepSettings,
  type WrittenStep,
} from './step-options.ts';

interface BegunStep {
  readonly label: string;
  readonly place: CallSite;
  readonly outcome: ObservedPromise<unknown>;
  isOpen: boolean;
}

/** The steps of one attempt: each name once, within the limits, all awaited before the finish. */
export class AttemptSteps {
  /** The function that the handler gets. */
  readonly step: Step;
  readonly #scope: StepScope;
  readonly #logger: Logger;
  /** Names and aliases that the attempt has asked for, and where. */
  readonly #asked = new Map<string, CallSite>();
  /** Names under which the task's steps are recorded, or going to be. */
  readonly #recordedNames: Set<string>;
  readonly #begun: BegunStep[] = [];
  #phase: 'open' | 'finishing' | 'committing' | 'committed' = 'open';
  readonly #late = Promise.withResolvers<never>();
  #misuse: MisuseError | undefined;
  #detached: { readonly error: unknown } | undefined;
  /** The reason why the attempt failed. */
  #failedWith: { readonly error: unknown } | undefined;

  constructor(options: StepScope & { readonly logger: Logger }) {
    const { logger, ...scope } = options;
    this.#scope = scope;
    this.#logger = logger;
    this.#recordedNames = new Set(Object.keys(scope.writes.recorded));
    this.step = this.#makeStep();
    this.#late.promise.catch(() => {});
  }

  /** The first wrong use, also where the handler has caught its error: an attempt that had one does not succeed. */
  get misuse(): MisuseError | undefined {
    return this.#misuse;
  }

  /**
   * Begins the finish: no step may be begun any more.
   * @throws {MisuseError} STEP_NOT_AWAITED; the error of an earlier misuse
   */
  beginFinish(): void {
    this.#phase = 'finishing';
    this.assertRight();
    const forgotten = this.#begun.find(({ isOpen, outcome }) => isOpen || !outcome.isObserved);
    if (forgotten === undefined) return;
    const { label, place } = forgotten;
    throw this.#noted(
      new MisuseError(
        'STEP_NOT_AWAITED',
        `The handler did not wait for ${label}${place}: await each step before finish() and before the handler ends`,
      ),
    );
  }

  /**
   * Waits until each step under way has ended, or the attempt's signal is aborted. A handler that fails with one of
   * several parallel steps leaves the others behind: their results are recorded before the attempt ends.
   */
  async ended(): Promise<void> {
    const { signal } = this.#scope;
    const open = this.#begun.filter(({ isOpen }) => isOpen);
    // The handler has forgotten a step that may never end.
    const isForgotten = this.#misuse?.code === 'STEP_NOT_AWAITED';
    if (open.length === 0 || signal.aborted || isForgotten) return;
    const aborted = Promise.withResolvers<void>();
    const onAbort = (): void => aborted.resolve();
    signal.addEventListener('abort', onAbort, { once: true });
    await Promise.race([Promise.allSettled(open.map(({ outcome }) => outcome)), aborted.promise]);
    signal.removeEventListener('abort', onAbort);
  }

  /** @throws the error of an earlier misuse, or of a part of the handler that nobody awaits */
  assertRight(): void {
    if (this.#misuse !== undefined) throw this.#misuse;
    if (this.#detached !== undefined) throw this.#detached.error;
  }

  /** Notes the error of a part of the handler that nobody awaits: the attempt fails with it. */
  failDetached(error: unknown): void {
    if (this.#phase === 'committed' || this.#failedWith !== undefined) {
      if (error !== this.#failedWith?.error && error !== this.#misuse) this.#reportDetached(error);
      return;
    }
    const readable = readableError(error);
    this.#detached ??= { error: readable };
    // The commit that is under way decides first.
    if (this.#phase !== 'committing') this.#late.reject(readable);
  }

  /** Notes that the attempt has failed with an error. */
  endFailed(error: unknown): void {
    this.#failedWith = { error };
  }

  /**
   * Awaits the handler or the work of its finish, and rejects as soon as a step is begun after the finish began, or a
   * part that nobody awaits fails. That step never settles: nobody awaits it.
   */
  async unlessLate<T>(work: Promise<T>): Promise<T> {
    return await Promise.race([work, this.#late.promise]);
  }

  /**
   * Notes that the finish's commit is sent. A step that is begun now can no longer stop it.
   * @throws {MisuseError} the error of an earlier misuse
   */
  beginCommit(): void {
    this.assertRight();
    this.#phase = 'committing';
  }

  /** Notes that the finish is committed. */
  endFinish(): void {
    this.#phase = 'committed';
    const { misuse } = this;
    if (misuse !== undefined) this.#late.reject(misuse);
    if (this.#detached !== undefined) this.#reportDetached(this.#detached.error);
    this.#reportNotAsked();
  }

  /**
   * Reports recorded steps that the attempt never asked for: a step was renamed, and may have been done twice, or the
   * handler took another way than before, and what was done is left as it is.
   */
  #reportNotAsked(): void {
    const names = Object.entries(this.#scope.writes.recorded)
      .filter(([name, { state }]) => state !== 'refused' && !this.#asked.has(name))
      .map(([name]) => name);
    if (names.length === 0) return;
    this.#logger.error('recorded steps were not asked for', {
      event: 'task.steps-not-asked-for',
      code: 'STEP_NOT_ASKED_FOR',
      steps: names,
      reason:
        `An earlier attempt made ${names.map((name) => `"${name}"`).join(', ')}, and this one never asked for it: ` +
        'give a renamed step its earlier name in `aliases`; else see what the call has done',
    });
  }

  #reportDetached(error: unknown): void {
    const { taskId, record } = this.#scope;
    reportDetachedError(this.#logger, error, { taskId, contract: record.contract });
  }

  #makeStep(): Step {
    const step = <T>(
      name: string,
      ...rest: [StepCall<T>, StepSettings<T>?] | [StepSettings<T>, StepCall<T>]
    ): Promise<unknown> => {
      const [settings, call] = callLast(rest);
      return this.#begin(`its step "${String(name)}"`, new CallSite(step), (place) => {
        const written = { name, place };
        checkStepName(name, place);
        checkCall(written, call);
        checkStepOptions(written, settings);
        const recordedName = this.#claimName(name, settings, place);
        return runStep(this.#scope, { name, recordedName, call, settings });
      });
    };
    const each = <I, T>(
      name: string,
      items: Iterable<I>,
      keyOf: (item: I) => string,
      ...rest: [StepItemCall<I, T>] | [StepEachSettings<I, T>, StepItemCall<I, T>]
    ): Promise<unknown> => {
      const [settings, call] = callLast(rest);
      return this.#begin(`its step.each("${String(name)}")`, new CallSite(each), (place) =>
        this.#runEach({ name, items, keyOf, settings, call, place }),
      );
    };
    return Object.assign(step, { each }) as Step;
  }

  #runEach<I, T>(list: {
    name: string;
    items: Iterable<I>;
    keyOf: (item: I) => string;
    settings: StepEachSettings<I, T>;
    call: StepItemCall<I, T>;
    place: CallSite;
  }): Promise<unknown[]> {
    const { name, settings, call, place } = list;
    checkStepName(name, place);
    checkCall(list, call);
    checkListOptions(list, settings);
    const { concurrency = 1 } = settings;
    checkConcurrency(list, concurrency);
    checkItems(list, list.items);
    this.#ask(name, place);
    // All names first: a list that is refused has made no call.
    const steps = nameItems(list, list.items, list.keyOf).map((item) => {
      const ofItem = settingsOfItem(item, settings);
      checkStepOptions({ name: item.name, place }, ofItem);
      return { item, settings: ofItem, recordedName: this.#claimName(item.name, ofItem, place) };
    });
    return runEach(steps, concurrency, ({ item, ...step }) =>
      runStep<T>(this.#scope, {
        ...step,
        name: item.name,
        call: (key, signal) => call(item.item, key, signal),
      }),
    );
  }

  /** Runs a step, and keeps it until it has ended and somebody has awaited it. */
  #begin(
    label: string,
    place: CallSite,
    run: (place: CallSite) => Promise<unknown>,
  ): ObservedPromise<unknown> {
    if (this.#phase !== 'open') {
      this.#refuseLate(label, place);
      return ObservedPromise.of(new Promise(() => {}));
    }
    const running = async (): Promise<unknown> => {
      try {
        return await run(place);
      } catch (error) {
        throw error instanceof MisuseError ? this.#noted(error) : error;
      } finally {
        begun.isOpen = false;
      }
    };
    const begun = { label, place, isOpen: true } as BegunStep & { outcome: ObservedPromise<unknown> };
    begun.outcome = ObservedPromise.of(running());
    this.#begun.push(begun);
    return begun.outcome;
  }

  #refuseLate(label: string, place: CallSite): void {
    const late = this.#noted(
      new MisuseError(
        'STEP_AFTER_FINISH',
        `The handler began ${label}${place} in or after its finish(), and its call is not made: ` +
          'await everything that the handler starts; make the call before, and use its result there',
      ),
    );
    const { taskId, record } = this.#scope;
    if (this.#phase !== 'finishing') {
      reportLateCall(this.#logger, late, { taskId, contract: record.contract });
    }
    // The commit that is under way decides first.
    if (this.#phase !== 'committing') this.#late.reject(late);
  }

  /** Takes a step's names for it. @returns the one under which it is recorded */
  #claimName<T>(name: string, { aliases = [] }: StepSettings<T>, place: CallSite): string {
    for (const asked of new Set([name, ...aliases])) this.#ask(asked, place);
    const recordedName = [name, ...aliases].find((known) => this.#recordedNames.has(known)) ?? name;
    this.#recordedNames.add(recordedName);
    checkStepCount(this.#recordedNames, name);
    return recordedName;
  }

  #ask(name: string, place: CallSite): void {
    const earlier = this.#asked.get(name);
    if (earlier !== undefined) {
      // A loop calls from one place.
      const places = [...new Set([`${earlier}`, `${place}`])].join('');
      throw new MisuseError(
        'STEP_NAME_REPEATED',
        `The handler used the step name "${name}" twice in one attempt${places}, so the second call would be lost: ` +
          'give each step its own name; for a list, use step.each(name, items, keyOf, call)',
      );
    }
    this.#asked.set(name, place);
  }

  #noted(misuse: MisuseError): MisuseError {
    this.#misuse ??= misuse;
    return misuse;
  }
}

/** @throws {MisuseError} STEP_CALL */
function checkCall({ name, place }: WrittenStep, call: unknown): void {
  if (typeof call === 'function') return;
  throw new MisuseError(
    'STEP_CALL',
    `Step "${name}"${place}: its call must be a function, and is ${call === null ? 'null' : typeof call}: give async (key, signal) => …`,
  );
}

/** The two orders of a step's last arguments: the call last, or options last. */
function callLast<S extends object, C extends (...args: never[]) => unknown>(
  rest: readonly [C, S?] | readonly [S, C],
): [S, C] {
  const [first, second] = rest;
  return typeof first === 'function' ? [(second ?? {}) as S, first as C] : [first as S, second as C];
}
