import { OutcomeUnknownError, PermanentError, StepNotDoneError } from '../errors.ts';
import type { StepRecord } from '../ledger/task-record.ts';

/** A provider's protection against doing things twice. */
export interface StepOptions<T> {
  /** Asks the provider what came of an earlier call with this key; undefined: it never happened. */
  readonly lookup?: (key: string, signal: AbortSignal) => Promise<T | undefined>;
  /**
   * Time for which the provider recognises a key, in seconds; a repeat that is older is preceded by `lookup`. Default 0:
   * always, where there is a `lookup`.
   */
  readonly remembersForSeconds?: number;
  /**
   * The call can neither be recognised nor looked up: it is never repeated after an outcome that is unknown. Where a
   * person says later that it did happen, the step gives undefined.
   */
  readonly atMostOnce?: boolean;
}

/** The parts of an attempt that a step needs. */
export interface StepScope {
  readonly taskId: string;
  readonly signal: AbortSignal;
  /** The steps that were recorded so far, by this attempt and earlier ones. */
  readonly recorded: Readonly<Record<string, StepRecord>>;
  /** Writes a step's record, made with Firestore's time, which is handed back. */
  record(name: string, step: (nowMs: number) => StepRecord): Promise<{ nowMs: number }>;
}

/** Maximum size of a kept result, as JSON. */
const MAX_RESULT_BYTES = 16 * 1024;
/** A record holds them all beside its payload, and is one document of at most 1 MiB. */
const MAX_RESULTS_BYTES = 256 * 1024;
const MAX_STEPS = 100;
const NAME = /^[a-z][a-z0-9-]{0,59}$/;

/** A step that is about to be made, or being made. */
interface OpenStep {
  readonly name: string;
  /** The key for the provider: the same in every attempt, but after a refusal. */
  readonly key: string;
  readonly tries: number;
  /** The time of its first try; undefined until it is recorded. */
  startedAtMs: number | undefined;
}

/** Makes one call to the outside as often as its options allow, and keeps its result. */
export async function runStep<T>(
  scope: StepScope,
  name: string,
  call: (key: string, signal: AbortSignal) => Promise<T>,
  options: StepOptions<T> = {},
): Promise<T> {
  if (!NAME.test(name)) {
    throw new PermanentError(
      'STEP_NAME',
      `A step's name is kebab case of at most 60 characters, got "${name}"`,
    );
  }
  const earlier = scope.recorded[name];
  if (earlier?.state === 'done') return parseResult<T>(earlier.result);
  if (earlier?.state === 'started' && options.atMostOnce) throw new OutcomeUnknownError(name);
  if (earlier === undefined && Object.keys(scope.recorded).length >= MAX_STEPS) {
    throw new PermanentError(
      'TOO_MANY_STEPS',
      `A task has at most ${MAX_STEPS} steps, and "${name}" is one more: enqueue a task for each part`,
    );
  }
  scope.signal.throwIfAborted();
  const step = openStep(scope.taskId, name, earlier);
  // A provider that recognises the key by itself needs no record of the intent: a repeat is harmless.
  const needsIntent = options.atMostOnce === true || options.lookup !== undefined;
  if (needsIntent) {
    const isRepeat = earlier?.state === 'started';
    const ageMs = await recordIntent(scope, step, options);
    const forgotten = ageMs >= (options.remembersForSeconds ?? 0) * 1_000;
    if (isRepeat && forgotten && options.lookup !== undefined) {
      const found = await options.lookup(step.key, scope.signal);
      if (found !== undefined) return await keepResult(scope, step, found);
    }
  }
  const result = await makeCall(scope, step, call, options);
  return await keepResult(scope, step, result);
}

function openStep(taskId: string, name: string, earlier: StepRecord | undefined): OpenStep {
  const tries = earlier?.state === 'refused' ? earlier.tries + 1 : (earlier?.tries ?? 1);
  return {
    name,
    // A provider answers a key it has refused with the same refusal: the next try gets a key of its own.
    key: tries === 1 ? `${taskId}:${name}` : `${taskId}:${name}:${tries}`,
    tries,
    startedAtMs: earlier?.state === 'started' ? earlier.startedAtMs : undefined,
  };
}

/** Records that a call is about to be made. @returns the time since it was tried first */
async function recordIntent<T>(
  scope: StepScope,
  step: OpenStep,
  { atMostOnce }: StepOptions<T>,
): Promise<number> {
  const { tries, startedAtMs: earlierMs } = step;
  // Firestore may run it again: only the time of the last run counts.
  const { nowMs } = await scope.record(step.name, (now) => {
    const intent = { state: 'started', tries, startedAtMs: earlierMs ?? now, result: null } as const;
    return atMostOnce ? { ...intent, atMostOnce: true } : intent;
  });
  step.startedAtMs = earlierMs ?? nowMs;
  return nowMs - step.startedAtMs;
}

/** Makes the call, and records a refusal. */
async function makeCall<T>(
  scope: StepScope,
  { name, key, tries, startedAtMs }: OpenStep,
  call: (key: string, signal: AbortSignal) => Promise<T>,
  { atMostOnce }: StepOptions<T>,
): Promise<T> {
  try {
    return await call(key, scope.signal);
  } catch (error) {
    const refused =
      error instanceof StepNotDoneError || (error as { retryable?: unknown } | null)?.retryable === false;
    if (refused) {
      await scope.record(name, (now) => ({
        state: 'refused',
        tries,
        startedAtMs: startedAtMs ?? now,
        result: null,
      }));
      throw error instanceof StepNotDoneError ? (error.cause ?? error) : error;
    }
    throw atMostOnce ? new OutcomeUnknownError(name, error) : error;
  }
}

/** Records the result of a call, so that a later attempt does not repeat it. */
async function keepResult<T>(scope: StepScope, { name, tries, startedAtMs }: OpenStep, value: T): Promise<T> {
  const text = value === undefined ? null : JSON.stringify(value);
  const bytes = text === null ? 0 : Buffer.byteLength(text);
  if (bytes > MAX_RESULT_BYTES) {
    throw new PermanentError(
      'STEP_RESULT_TOO_LARGE',
      `Step "${name}" gave ${bytes} bytes of JSON; at most ${MAX_RESULT_BYTES} are kept: return an id or a summary`,
    );
  }
  const kept = Object.values(scope.recorded).map((step) => step.result ?? '');
  const others = Buffer.byteLength(kept.join(''));
  if (others + bytes > MAX_RESULTS_BYTES) {
    throw new PermanentError(
      'STEP_RESULT_TOO_LARGE',
      `Step "${name}" gave ${bytes} bytes of JSON; at most ${MAX_RESULTS_BYTES} are kept of a task's steps together`,
    );
  }
  await scope.record(name, (now) => ({
    state: 'done',
    tries,
    startedAtMs: startedAtMs ?? now,
    result: text,
  }));
  return value;
}

function parseResult<T>(result: string | null): T {
  return (result === null ? undefined : JSON.parse(result)) as T;
}
