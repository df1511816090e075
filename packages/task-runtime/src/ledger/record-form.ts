import { SHARDS, type StepRecord, type TaskRecord, type TaskState } from './task-record.ts';

/** The latest form of records that this code knows. */
const RECORD_VERSION = 1;

/** The states that a record may be in. */
const STATES: ReadonlySet<unknown> = new Set([
  'pending',
  'running',
  'succeeded',
  'dead',
  'cancelled',
  'discarded',
] satisfies TaskState[]);
const STEP_STATES: ReadonlySet<unknown> = new Set([
  'started',
  'done',
  'refused',
] satisfies StepRecord['state'][]);

/**
 * Why a stored record can't be used. `unknown`: a newer worker has written it; it is left to one that knows its form.
 * `corrupt`: no worker has written it so.
 */
export interface RecordProblem {
  readonly kind: 'unknown' | 'corrupt';
  readonly message: string;
}

/** A field: whether a value has its form, the form in words, and the value that stands for one of another form. */
interface Field {
  readonly has: (value: unknown) => boolean;
  readonly form: string;
  readonly fallback: unknown;
}

const isText = (value: unknown): value is string => typeof value === 'string';
/** Whether a value is a whole number from 0, as a generation is. */
export const isCount = (value: unknown): value is number =>
  Number.isSafeInteger(value) && (value as number) >= 0;
/** Whether a value can be a queue's name: Cloud Tasks refuses to be asked about any other, with each sweep. */
export const isQueueName = (value: unknown): value is string =>
  isText(value) && /^[A-Za-z0-9-]{1,100}$/.test(value);
const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const orNull =
  (has: (value: unknown) => boolean) =>
  (value: unknown): boolean =>
    value === null || has(value);
const listOf =
  (has: (value: unknown) => boolean) =>
  (value: unknown): boolean =>
    Array.isArray(value) && value.every(has);

const text: Field = { has: isText, form: 'a text', fallback: '' };
// One that is absent is as good as null.
const textOrNull: Field = {
  has: (value) => value === undefined || orNull(isText)(value),
  form: 'a text or null',
  fallback: null,
};
const count: Field = { has: isCount, form: 'a whole number from 0', fallback: 0 };
const timeOrNull: Field = { has: orNull(Number.isSafeInteger), form: 'a timestamp', fallback: null };

const isFailure = (value: unknown): boolean =>
  isObject(value) && isText(value['code']) && isText(value['message']) && Number.isFinite(value['atMs']);
const isEvent = (value: unknown): boolean =>
  isObject(value) &&
  Number.isFinite(value['atMs']) &&
  isText(value['event']) &&
  Number.isSafeInteger(value['attempt']) &&
  orNull(isText)(value['code']);
const isAuditEntry = (value: unknown): boolean =>
  isObject(value) &&
  Number.isFinite(value['atMs']) &&
  ['action', 'by', 'why'].every((name) => isText(value[name]));
const isStep = (value: unknown): boolean =>
  isObject(value) &&
  isText(value['state']) &&
  isCount(value['tries']) &&
  Number.isFinite(value['startedAtMs']) &&
  orNull(isText)(value['result']);
const isRoute = (value: unknown): boolean =>
  isObject(value) && isText(value['service']) && orNull(isText)(value['version']);
const isJson = (value: unknown): boolean => {
  try {
    return isText(value) && JSON.parse(value) !== undefined;
  } catch {
    return false;
  }
};

/** The form of each field. A field that is not here may have been added by a newer worker, and is kept as it is. */
const FIELDS = {
  recordVersion: {
    has: (value) => isCount(value) && value !== 0,
    form: 'a whole number from 1',
    fallback: 1,
  },
  contract: text,
  version: count,
  schemaHash: text,
  subject: text,
  payload: { has: isJson, form: 'JSON', fallback: 'null' },
  payloadHash: text,
  queue: { has: isQueueName, form: 'a queue’s name', fallback: '' },
  route: { has: isRoute, form: 'a service and a version', fallback: { service: '', version: null } },
  createdAtMs: { has: Number.isSafeInteger, form: 'a timestamp', fallback: 0 },
  notBeforeMs: timeOrNull,
  sentAtMs: timeOrNull,
  generation: count,
  state: { has: isText, form: 'a text', fallback: 'pending' },
  attemptId: textOrNull,
  leaseUntilMs: timeOrNull,
  attempts: count,
  firstAttemptAtMs: timeOrNull,
  history: { has: listOf(isEvent), form: 'a list of events', fallback: [] },
  steps: {
    has: (value) => isObject(value) && Object.values(value).every(isStep),
    form: 'a map of steps',
    fallback: {},
  },
  followUps: { has: listOf(isText), form: 'a list of texts', fallback: [] },
  error: { has: orNull(isFailure), form: 'a failure or null', fallback: null },
  audit: { has: listOf(isAuditEntry), form: 'a list of actions', fallback: [] },
  traceparent: textOrNull,
  parent: textOrNull,
  commitId: text,
  operationId: textOrNull,
  shard: {
    has: (value) => isCount(value) && value < SHARDS,
    form: `a whole number from 0 to ${SHARDS - 1}`,
    fallback: 0,
  },
  dueAtMs: timeOrNull,
  failedAtMs: timeOrNull,
  eraseAtMs: timeOrNull,
  expireAtMs: timeOrNull,
} as const satisfies Record<Exclude<keyof TaskRecord, 'outcome'>, Field>;

/** The problem of a stored record; undefined if this code can use it. */
export function problemOfRecord(record: Readonly<Record<string, unknown>>): RecordProblem | undefined {
  const { recordVersion, state } = record;
  if (FIELDS.recordVersion.has(recordVersion) && recordVersion !== RECORD_VERSION) {
    const message = `It has the record version ${recordVersion}, and this service knows ${RECORD_VERSION}`;
    return { kind: 'unknown', message };
  }
  for (const [name, { has, form }] of Object.entries(FIELDS)) {
    // What is wrong is named, but not shown: it may be personal.
    if (!has(record[name])) return { kind: 'corrupt', message: `Its field "${name}" must be ${form}` };
  }
  if (!STATES.has(state)) {
    const message = `It has the state "${String(state).slice(0, 40)}", which this service does not know`;
    return { kind: 'unknown', message };
  }
  const steps = Object.entries(record['steps'] as TaskRecord['steps']);
  const unknown = steps.find(([, step]) => !STEP_STATES.has(step.state));
  if (unknown === undefined) return undefined;
  const message = `Its step "${unknown[0]}" has the state "${unknown[1].state.slice(0, 40)}", which this service does not know`;
  return { kind: 'unknown', message };
}

/** A stored record as far as it can be shown: a field of another form has a value that stands for it. */
export function showableRecord(stored: Readonly<Record<string, unknown>>): TaskRecord {
  const shown = Object.entries(FIELDS).map(([name, { has, fallback }]) => [
    name,
    // A payload is only shown, and its reader tells what is no JSON.
    (name === 'payload' ? isText : has)(stored[name]) ? (stored[name] ?? fallback) : fallback,
  ]);
  return { ...stored, ...Object.fromEntries(shown) } as TaskRecord;
}
