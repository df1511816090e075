import { canonicalJson, hashOfJson, type TaskContract } from '@waybill/contract-kit';

/**
 * `pending`: to be delivered. `running`: an attempt holds its lease. The others are terminal: `dead` is a dead letter
 * that a person may replay, `discarded` one that a person has given up, `cancelled` what is not wanted any more.
 */
export type TaskState = 'pending' | 'running' | 'succeeded' | 'dead' | 'cancelled' | 'discarded';

/** The destination of its deliveries. Without a version they go to the one that serves at the time. */
export interface TaskRoute {
  readonly service: string;
  readonly version: string | null;
}

/** Why an attempt, or the whole task, failed. Messages hold no payload values. */
export interface TaskFailure {
  readonly code: string;
  readonly message: string;
  readonly atMs: number;
}

/** One thing that happened to a task. */
export interface TaskEvent {
  readonly atMs: number;
  readonly event:
    | 'claimed'
    | 'retry'
    | 'retry-later'
    | 'handed-back'
    | 'succeeded'
    | 'dead'
    | 'sent-again'
    | 'replayed'
    | 'cancelled'
    | 'discarded';
  readonly attempt: number;
  readonly code: string | null;
}

/**
 * One call to the outside that an attempt made, or was about to make. Optional members are newer than the others: a
 * record of an older worker has none of them, and an older worker ignores them.
 */
export interface StepRecord {
  /** `started`: the call may have happened. `done`: its result is kept. `refused`: it certainly had no effect. */
  readonly state: 'started' | 'done' | 'refused';
  /** 1 for its first key; counted up by a replay after a refusal, because providers repeat their response to a key. */
  readonly tries: number;
  /** The time of its first try. */
  readonly startedAtMs: number;
  /** Of a `started` one: its outcome can be found out by a person alone. */
  readonly atMostOnce?: true;
  /** The key for the provider, where it is not `<taskId>:<name>`, with `:<tries>` from the second on. */
  readonly key?: string;
  /** Of a `refused` one: the refusal, which later attempts get again until an operator replays the task. */
  readonly error?: { readonly code: string; readonly message: string };
  /** The time of that refusal. */
  readonly refusedAtMs?: number;
  /** Of a `refused` one: the provider never decided on its key, so the next try uses the same. */
  readonly notDone?: true;
  /** The result as JSON; null where the call gave nothing. */
  readonly result: string | null;
}

/** An operator's verdict on a call that may or may not have happened. */
export const STEP_VERDICTS = ['happened', 'did-not-happen'] as const;
export type StepVerdict = (typeof STEP_VERDICTS)[number];

/** An operator's action on a task. */
export interface AuditEntry {
  readonly atMs: number;
  readonly action: 'replay' | 'replay-mended' | 'run-now' | 'cancel' | 'discard' | 'erase';
  /** Who, e.g. an e-mail address. */
  readonly by: string;
  readonly why: string;
  /** Of a replay: what they found out about a call that may have happened. */
  readonly verdict?: StepVerdict;
}

/**
 * The task's record, `tasks/{taskId}`: what the task is, and where it stands. Times are milliseconds since the Unix
 * epoch, and all of them are Firestore's read times, never a machine's clock.
 */
export interface TaskRecord {
  readonly recordVersion: 1;
  readonly contract: string;
  readonly version: number;
  readonly schemaHash: string;
  /** The thing that the task is about, e.g. `orders/5f0c…`. Follow-ups inherit it. */
  readonly subject: string;
  readonly payload: string;
  readonly payloadHash: string;
  /** The queue in Cloud Tasks that it is in; of a divided queue, one shard. Never changed. */
  readonly queue: string;
  readonly route: TaskRoute;
  readonly createdAtMs: number;
  /** The time of its delivery; null: at once. */
  readonly notBeforeMs: number | null;
  /** The time at which its present generation was sent, where that is recorded: delayed tasks, and those sent again. */
  readonly sentAtMs: number | null;
  /** Counted up each time it is sent under a new name; deliveries of an older one are superseded. */
  readonly generation: number;
  readonly state: TaskState;
  /** The attempt that holds the lease; after success, the one that finished it. */
  readonly attemptId: string | null;
  readonly leaseUntilMs: number | null;
  /** The number of attempts that were started, except those handed back. */
  readonly attempts: number;
  readonly firstAttemptAtMs: number | null;
  readonly history: readonly TaskEvent[];
  readonly steps: Readonly<Record<string, StepRecord>>;
  /** Ids of the tasks that its finish enqueued. */
  readonly followUps: readonly string[];
  readonly error: TaskFailure | null;
  /** The declared outcome that it ended with; absent after plain success. */
  readonly outcome?: string;
  readonly audit: readonly AuditEntry[];
  readonly traceparent: string | null;
  /** The task that enqueued it. */
  readonly parent: string | null;
  /** The call that created it: by this a producer recognises its own earlier commit. */
  readonly commitId: string;
  /** The last action of an operator: by this a rerun recognises its own earlier commit. */
  readonly operationId: string | null;
  /** 0–15, by the task's id: spreads the index on `dueAt`. */
  readonly shard: number;
  /** The time from which something is wrong if nothing has happened; null once it is terminal. */
  readonly dueAtMs: number | null;
  readonly failedAtMs: number | null;
  /** The time at which the sweep takes personal data out of a dead letter; null otherwise, and once that is done. */
  readonly eraseAtMs: number | null;
  /** The time from which Firestore may delete it; null until it is terminal, and while it is dead. */
  readonly expireAtMs: number | null;
}

/** Whether everything personal was taken out of a record: each other one has a hash of its payload. */
export function isErased({ payloadHash }: TaskRecord): boolean {
  return payloadHash === '';
}

/** Whether a delivery's body is the payload that was enqueued. The record's own counts; another is worth a warning. */
export function bodyMatches(record: TaskRecord, body: unknown): boolean {
  // An erased record can't be told from any other body any more.
  return isErased(record) || hashOfJson(body ?? null) === record.payloadHash;
}

/** The number of shards of the overdue index. */
export const SHARDS = 16;

/** Maximum size of a payload, as JSON in UTF-8: a record must stay well below Firestore's 1 MiB with its history. */
export const MAX_PAYLOAD_BYTES = 512 * 1024;

/** The members of a new record. */
export interface NewTask {
  readonly taskId: string;
  readonly contract: Pick<TaskContract, 'name' | 'version' | 'schemaHash' | 'queue'>;
  readonly payload: unknown;
  readonly subject: string;
  readonly route: TaskRoute;
  readonly generation: number;
  readonly notBeforeMs: number | null;
  readonly traceparent: string | null;
  readonly parent: string | null;
  readonly commitId: string;
}

/** A pending record. The transition that writes it decides when it is due. */
export function newTaskRecord(task: NewTask, nowMs: number, dueAtMs: number): TaskRecord {
  const { contract, payload } = task;
  return {
    recordVersion: 1,
    contract: contract.name,
    version: contract.version,
    schemaHash: contract.schemaHash,
    subject: task.subject,
    payload: canonicalJson(payload),
    payloadHash: hashOfJson(payload),
    queue: contract.queue,
    route: task.route,
    createdAtMs: nowMs,
    notBeforeMs: task.notBeforeMs,
    sentAtMs: null,
    generation: task.generation,
    state: 'pending',
    attemptId: null,
    leaseUntilMs: null,
    attempts: 0,
    firstAttemptAtMs: null,
    history: [],
    steps: {},
    followUps: [],
    error: null,
    audit: [],
    traceparent: task.traceparent,
    parent: task.parent,
    commitId: task.commitId,
    operationId: null,
    shard: shardOf(task.taskId),
    dueAtMs,
    failedAtMs: null,
    eraseAtMs: null,
    expireAtMs: null,
  };
}

/** The shard of a task, by its id. */
export function shardOf(taskId: string): number {
  // Ids of our own are hexadecimal and random; those of adopted tasks may be anything, so all characters count.
  let sum = 0;
  for (const character of taskId) sum = (sum * 31 + (character.codePointAt(0) ?? 0)) % 1_000_003;
  return sum % SHARDS;
}
