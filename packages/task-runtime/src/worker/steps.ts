import { OutcomeUnknownError, PermanentError, StepNotDoneError } from '../errors.ts';
import type { StepRecord } from '../ledger/task-record.ts';

/** What a step's provider can do against doing things twice. */
export interface StepOptions<T> {
  /** Asks the provider what came of an earlier call with this key; undefined: it never happened. */
  readonly lookup?: (key: string, signal: AbortSignal) => Promise<T | undefined>;
  /**
   * How long the provider recognises a key, in seconds; a repeat that is older is preceded by `lookup`. Default 0:
   * always, where there is a `lookup`.
   */
  readonly remembersForSeconds?: number;
  /**
   * The call can neither be recognised nor looked up: it is never repeated after an outcome that is unknown. Where a
   * person says later that it did happen, the step gives undefined.
   */
  readonly atMostOnce?: boolean;
}

/** What a step needs of the attempt that makes it. */
export interface StepScope {
  readonly taskId: string;
  readonly signal: AbortSignal;
  /** The steps that were recorded so far, by this attempt and earlier ones. */
  readonly recorded: Readonly<Record<string, StepRecord>>;
  /** Writes a step's record, made with Firestore's time, which is handed back. */
  record(name: string, step: (nowMs: number) => StepRecord): Promise<{ nowMs: number }>;
}

/** The longest kept result, as JSON. */
const MAX_RESULT_BYTES = 16 * 1024;
/** A record holds them all beside its payload, and is one document of at most 1 MiB. */
const MAX_RESULTS_BYTES = 256 * 1024;
const MAX_STEPS = 100;
const NAME = /^[a-z][a-z0-9-]{0,59}$/;

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
  const { taskId, signal } = scope;
  const earlier = scope.recorded[name];
  if (earlier?.state === 'done') return parseResult<T>(earlier.result);
  if (earlier?.state === 'started' && options.atMostOnce) throw new OutcomeUnknownError(name);

  if (earlier === undefined && Object.keys(scope.recorded).length >= MAX_STEPS) {
    throw new PermanentError(
      'TOO_MANY_STEPS',
      `A task has at most ${MAX_STEPS} steps, and "${name}" is one more: enqueue a task for each part`,
    );
  }

  signal.throwIfAborted();
  const repeat = earlier?.state === 'started' ? earlier : undefined;
  const tries = earlier?.state === 'refused' ? earlier.tries + 1 : (earlier?.tries ?? 1);
  // A provider answers a key it has refused with the same refusal: what is tried after one gets a key of its own.
  const key = tries === 1 ? `${taskId}:${name}` : `${taskId}:${name}:${tries}`;
  // Whoever recognises the key by itself needs no record of the intent: a repeat is harmless.
  const needsIntent = options.atMostOnce === true || options.lookup !== undefined;
  let startedAtMs = repeat?.startedAtMs;
  if (needsIntent) {
    const { nowMs } = await scope.record(name, (now) => {
      startedAtMs ??= now;
      const intent = { state: 'started', tries, startedAtMs, result: null } as const;
      return options.atMostOnce ? { ...intent, atMostOnce: true } : intent;
    });
    const ageMs = nowMs - (startedAtMs ?? nowMs);
    const forgotten = ageMs >= (options.remembersForSeconds ?? 0) * 1_000;
    if (repeat !== undefined && forgotten && options.lookup !== undefined) {
      const found = await options.lookup(key, signal);
      if (found !== undefined) return await keep(found);
    }
  }

  let result: T;
  try {
    result = await call(key, signal);
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
    throw options.atMostOnce ? new OutcomeUnknownError(name, error) : error;
  }
  return await keep(result);

  async function keep(value: T): Promise<T> {
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
}

function parseResult<T>(result: string | null): T {
  return (result === null ? undefined : JSON.parse(result)) as T;
}
