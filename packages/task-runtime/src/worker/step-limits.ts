import { MisuseError } from '../errors.ts';
import type { StepRecord, TaskRecord } from '../ledger/task-record.ts';

/** Maximum size of a kept result, as JSON. */
const MAX_RESULT_BYTES = 16 * 1024;
/** Maximum size of a task's results together, with the messages of refusals. */
const MAX_RESULTS_BYTES = 256 * 1024;
/** Maximum number of steps of a task. */
export const MAX_STEPS = 100;
const MAX_DOCUMENT_BYTES = 1024 * 1024;
/** Room that steps leave in a record, so that its task can still be claimed, failed, replayed and discarded. */
const RESERVE_BYTES = 64 * 1024;

type Steps = TaskRecord['steps'];

/** @throws {MisuseError} TOO_MANY_STEPS if `names` are more than a task may have */
export function checkStepCount(names: ReadonlySet<string>, name: string): void {
  if (names.size <= MAX_STEPS) return;
  throw new MisuseError(
    'TOO_MANY_STEPS',
    `A task has at most ${MAX_STEPS} steps, and "${name}" makes them ${names.size}: enqueue a task for each part`,
  );
}

/** @throws {MisuseError} TOO_MANY_STEPS if a list goes beyond what a task may have: it may have no end */
export function checkItemCount(label: string, index: number): void {
  if (index < MAX_STEPS) return;
  throw new MisuseError(
    'TOO_MANY_STEPS',
    `${label}: a task has at most ${MAX_STEPS} steps, and the list has more items: enqueue a task for each part of it`,
  );
}

/**
 * Checks that a record can hold a result beside everything else.
 * @param record the record as it was claimed
 * @param steps its steps by now
 * @throws {MisuseError} STEP_RESULT_TOO_LARGE
 */
export function checkResultSize(record: TaskRecord, steps: Steps, name: string, result: string): void {
  const bytes = Buffer.byteLength(result);
  const refuse = (limit: string): never => {
    const gave = `Step "${name}" gave ${bytes} bytes of JSON`;
    throw new MisuseError('STEP_RESULT_TOO_LARGE', `${gave}; ${limit}: return an id or a summary`);
  };
  if (bytes > MAX_RESULT_BYTES) refuse(`at most ${MAX_RESULT_BYTES} are kept`);
  if (keptBytes(steps) + bytes > MAX_RESULTS_BYTES) {
    refuse(`at most ${MAX_RESULTS_BYTES} are kept of a task's steps together`);
  }
  if (documentBytes(record, steps) + bytes > MAX_DOCUMENT_BYTES - RESERVE_BYTES) {
    refuse('its record has no room for them beside its payload');
  }
}

/** Whether a record can hold a refusal's message beside everything else. */
export function hasRoomForMessage(record: TaskRecord, steps: Steps, message: string): boolean {
  const bytes = Buffer.byteLength(message);
  return (
    keptBytes(steps) + bytes <= MAX_RESULTS_BYTES &&
    documentBytes(record, steps) + bytes <= MAX_DOCUMENT_BYTES - RESERVE_BYTES
  );
}

function keptBytes(steps: Steps): number {
  const kept = Object.values(steps).map(
    ({ result, error }: StepRecord) => `${result ?? ''}${error?.message ?? ''}`,
  );
  return Buffer.byteLength(kept.join(''));
}

/** The size of a record, about as Firestore counts it. */
function documentBytes({ payload, ...rest }: TaskRecord, steps: Steps): number {
  return Buffer.byteLength(payload) + Buffer.byteLength(JSON.stringify({ ...rest, steps }));
}
