import {
  isPermanent,
  MisuseError,
  OutcomeUnknownError,
  PermanentError,
  StepNotDoneError,
} from '../errors.ts';
import type { StepRecord, TaskRecord } from '../ledger/task-record.ts';
import { readableError, summarizeError } from '../summarize-error.ts';
import type { AttemptWrites } from './attempt-writes.ts';
import type { RecordedJson } from './recorded-json.ts';
import { isUsableOldKey, oldStepKey, stepKey } from './step-key.ts';
import { checkResultSize, hasRoomForMessage } from './step-limits.ts';
import type { StepCall, StepSettings } from './step-options.ts';

/** The parts of an attempt that a step needs. */
export interface StepScope {
  readonly taskId: string;
  /** The task's record as it was claimed. */
  readonly record: TaskRecord;
  readonly signal: AbortSignal;
  readonly writes: AttemptWrites;
  /** Makes sure that the attempt holds its task: it must, before a call to the outside. */
  readonly holdTask: () => Promise<void>;
}

/** A step of an attempt. */
export interface StepRequest<T> {
  readonly name: string;
  /** The name under which it is recorded: of a renamed step, perhaps an earlier one. */
  readonly recordedName: string;
  readonly call: StepCall<T>;
  readonly settings: StepSettings<T>;
}

/** A step whose call is about to be made, or being made. */
interface OpenStep {
  readonly name: string;
  readonly recordedName: string;
  /** The key for the provider: the same in every attempt until a replay after a refusal. */
  readonly key: string;
  readonly tries: number;
  readonly atMostOnce: boolean;
  /** The time of its first try; undefined until it is recorded. */
  startedAtMs: number | undefined;
}

/** Makes one call to the outside as often as its options allow, and keeps its result. */
export async function runStep<T>(scope: StepScope, request: StepRequest<T>): Promise<RecordedJson<T>> {
  const { name, recordedName, call, settings } = request;
  const { recorded } = scope.writes;
  const earlier = Object.hasOwn(recorded, recordedName) ? recorded[recordedName] : undefined;
  if (earlier?.state === 'done') return parseResult<T>(earlier.result);
  const isRepeat = earlier?.state === 'started';
  if (isRepeat && settings.atMostOnce) throw new OutcomeUnknownError(name);
  if (earlier?.error !== undefined && !isReplayed(scope.record, earlier)) {
    throw new PermanentError(earlier.error.code, earlier.error.message);
  }
  await scope.holdTask();
  scope.signal.throwIfAborted();
  const step = openStep(scope, request, earlier);
  // A provider that recognises the key by itself needs no record of the intent: a repeat is harmless.
  if (step.atMostOnce || settings.lookup !== undefined) {
    const ageMs = await recordIntent(scope, step);
    const forgotten = ageMs >= (settings.remembersForSeconds ?? 0) * 1_000;
    if (isRepeat && forgotten && settings.lookup !== undefined) {
      const found = await settings.lookup(step.key, scope.signal);
      if (found !== undefined) return await keepResult<T>(scope, step, found);
    }
  }
  const result = await makeCall(scope, step, call);
  return await keepResult<T>(scope, step, result);
}

/** Whether an operator has replayed the task since it was refused: by that the operator wants another try. */
function isReplayed({ audit }: TaskRecord, { refusedAtMs }: StepRecord): boolean {
  return audit.some(
    ({ action, atMs }) =>
      (action === 'replay' || action === 'replay-mended') &&
      atMs >= (refusedAtMs ?? Number.NEGATIVE_INFINITY),
  );
}

function openStep<T>(
  { taskId, record }: StepScope,
  { name, recordedName, settings }: StepRequest<T>,
  earlier: StepRecord | undefined,
): OpenStep {
  // A provider repeats a refusal to its key: the next try gets a key of its own.
  const isNewKey = earlier === undefined || (earlier.state === 'refused' && earlier.notDone !== true);
  const tries = isNewKey ? (earlier?.tries ?? 0) + 1 : earlier.tries;
  const { effect, aliases } = settings;
  const newKey = stepKey({ taskId, contract: record.contract, name: aliases?.[0] ?? name, effect, tries });
  const oldKey = oldStepKey(taskId, recordedName, tries);
  // A call that may have happened keeps its key, whatever keys this version makes.
  const usedKey = isNewKey ? undefined : (earlier.key ?? (isUsableOldKey(oldKey) ? oldKey : undefined));
  return {
    name,
    recordedName,
    key: usedKey ?? newKey,
    tries,
    atMostOnce: settings.atMostOnce === true,
    startedAtMs: earlier?.state === 'started' ? earlier.startedAtMs : undefined,
  };
}

/** Records that a call is about to be made. @returns the time since it was tried first */
async function recordIntent(scope: StepScope, step: OpenStep): Promise<number> {
  const earlierMs = step.startedAtMs;
  // Firestore may run it again: only the time of the last run counts.
  const { nowMs } = await scope.writes.record(step.recordedName, (atMs) => {
    const intent = { ...recordOf(scope, step, atMs), state: 'started' } as const;
    return step.atMostOnce ? { ...intent, atMostOnce: true } : intent;
  });
  step.startedAtMs = earlierMs ?? nowMs;
  return nowMs - step.startedAtMs;
}

/** Makes the call, and records a refusal. */
async function makeCall<T>(scope: StepScope, step: OpenStep, call: StepCall<T>): Promise<T> {
  try {
    return await call(step.key, scope.signal);
  } catch (thrown) {
    const error = readableError(thrown);
    // These are about the code or another step, not about the call.
    if (error instanceof MisuseError || error instanceof OutcomeUnknownError) throw error;
    const isNotDone = error instanceof StepNotDoneError;
    // An error that no retry mends says nothing about the call: it may come from the code after it.
    if (step.atMostOnce && !isNotDone) throw new OutcomeUnknownError(step.name, error);
    const reason: unknown = isNotDone ? (error.cause ?? error) : error;
    if (isPermanent(reason)) throw await recordRefusal(scope, step, reason);
    if (isNotDone) {
      await scope.writes.record(step.recordedName, (nowMs) => ({
        ...recordOf(scope, step, nowMs),
        state: 'refused',
        notDone: true,
      }));
    }
    throw reason;
  }
}

/** Records a refusal. @returns the error that this attempt and later ones get */
async function recordRefusal(scope: StepScope, step: OpenStep, reason: unknown): Promise<PermanentError> {
  const { code, message } = summarizeError(reason);
  await scope.writes.record(step.recordedName, (nowMs, recorded) => ({
    ...recordOf(scope, step, nowMs),
    state: 'refused',
    error: { code, message: hasRoomForMessage(scope.record, recorded, message) ? message : '' },
    refusedAtMs: nowMs,
  }));
  // The same in each attempt: a record has no other class of error.
  return reason instanceof PermanentError ? reason : new PermanentError(code, message, { cause: reason });
}

/** Records the result of a call, so that a later attempt does not repeat it. */
async function keepResult<T>(scope: StepScope, step: OpenStep, value: T): Promise<RecordedJson<T>> {
  const text = writeResult(step.name, value);
  await scope.writes.record(step.recordedName, (nowMs, recorded) => {
    if (text !== null) checkResultSize(scope.record, recorded, step.name, text);
    return { ...recordOf(scope, step, nowMs), state: 'done', result: text };
  });
  return parseResult<T>(text);
}

/** The members that a step's records share. */
function recordOf(scope: StepScope, step: OpenStep, nowMs: number): Omit<StepRecord, 'state'> {
  const key = ownKey(scope, step);
  return {
    tries: step.tries,
    startedAtMs: step.startedAtMs ?? nowMs,
    result: null,
    ...(key !== undefined && { key }),
  };
}

/** The step's key, where an older worker would make another. */
function ownKey({ taskId }: StepScope, { key, recordedName, tries }: OpenStep): string | undefined {
  return key === oldStepKey(taskId, recordedName, tries) ? undefined : key;
}

function writeResult(name: string, value: unknown): string | null {
  try {
    return JSON.stringify(value) ?? null;
  } catch (cause) {
    throw new MisuseError(
      'STEP_RESULT_NOT_JSON',
      `The result of step "${name}" can't be recorded: return a value that JSON can hold, without bigint and circles`,
      { cause },
    );
  }
}

function parseResult<T>(result: string | null): RecordedJson<T> {
  return (result === null ? undefined : JSON.parse(result)) as RecordedJson<T>;
}
