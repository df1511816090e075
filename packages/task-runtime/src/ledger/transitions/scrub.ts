import { isErased, type StepRecord, type TaskRecord } from '../task-record.ts';

/** The key of a list's item in the name of its step. */
const ITEM_KEY = /\[.*\]$/;

/** A record without everything personal: payload, results, keys of items, error texts and history. That it ran stays. */
export function withoutPersonalData(record: TaskRecord): TaskRecord {
  const steps = Object.fromEntries(
    Object.entries(record.steps).map(([name, step], index) => [
      name.replace(ITEM_KEY, `[${index}]`),
      emptied(step),
    ]),
  );
  return {
    ...record,
    payload: 'null',
    payloadHash: '',
    steps,
    history: [],
    error: record.error === null ? null : { ...record.error, message: '' },
    eraseAtMs: null,
  };
}

/**
 * Takes everything personal out of a dead letter whose period is over, the names of operators included. It stays dead:
 * an operator still has to discard it. Undefined: it is not dead, or its period is not over.
 */
export function scrub(record: TaskRecord, nowMs: number): TaskRecord | undefined {
  const { state, eraseAtMs } = record;
  if (state !== 'dead' || isErased(record) || eraseAtMs === null || eraseAtMs > nowMs) return undefined;
  const audit = record.audit.map((entry) => ({ ...entry, by: '', why: '' }));
  return { ...withoutPersonalData(record), audit };
}

function emptied({ error, ...step }: StepRecord): StepRecord {
  return { ...step, result: null, ...(error !== undefined && { error: { ...error, message: '' } }) };
}
