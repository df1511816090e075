/** A guard of the ledger: a condition in the source, and what it keeps from happening. */
export interface Guard {
  /** Relative to the package's `src`. */
  readonly file: string;
  /** The condition of an `if`, or another expression, as it stands in the source; it must stand there once. */
  readonly condition: string;
  /** The function it stands in, where others in the file have the same. */
  readonly within?: string;
  /** What the condition is without the guard. Default `false`: whatever the `if` keeps away is let through. */
  readonly dropped?: 'true' | 'false';
  readonly keeps: string;
}

const transitions = 'ledger/transitions.ts';
const ledger = 'ledger/ledger.ts';
const steps = 'worker/steps.ts';
const worker = 'worker/create-worker.ts';
const attempt = 'worker/attempt.ts';
const transaction = 'ledger/task-transaction.ts';
const origin = 'worker/origin-check.ts';
const operator = 'client/task-operator.ts';

/** Every guard of the state table in docs/architecture.md. Each is dropped and inverted in turn by `run.ts`. */
export const guards: readonly Guard[] = [
  {
    file: transitions,
    condition:
      "record.state !== 'pending' || record.generation !== generation || record.notBeforeMs === null",
    keeps: 'a task that has gone on from being recorded as just sent',
  },
  {
    file: transitions,
    condition: 'delivery.generation < record.generation',
    keeps: 'a superseded delivery from running',
  },
  {
    file: transitions,
    condition: "record.state === 'running' && record.attemptId === attemptId",
    dropped: 'true',
    keeps: 'an attempt that lost its task from writing anything',
  },
  {
    file: transitions,
    condition: "record.state !== 'pending' && record.state !== 'running'",
    keeps: 'a task that is over from being done again',
  },
  {
    file: transitions,
    condition: 'isOwn(record, delivery.attemptId)',
    keeps: 'a claim that is run again from waiting for its own lease',
  },
  {
    file: transitions,
    condition: "record.state === 'running' && (record.leaseUntilMs ?? 0) > nowMs",
    keeps: 'two attempts from running at once',
  },
  {
    file: transitions,
    condition: 'record.attempts >= limits.maxAttempts',
    keeps: 'a task from being tried for ever',
  },
  {
    file: transitions,
    condition: 'nowMs - record.firstAttemptAtMs > limits.maxAgeSeconds * SECOND_MS',
    keeps: 'a task from being tried beyond its age',
  },
  {
    file: transitions,
    condition: "record.state === 'succeeded' && record.attemptId === attemptId",
    keeps: 'a finish that is run again from taking its own success for another’s',
  },
  {
    file: transitions,
    condition: "record.attemptId === attemptId && (record.state === 'pending' || record.state === 'dead')",
    keeps: 'a failure that is run again from being lost',
  },
  {
    file: transitions,
    condition: "failure.kind === 'permanent'",
    keeps: 'what no retry can help from being retried',
  },
  {
    file: transitions,
    condition: 'isTerminal(record) || present !== generation || dueAtMs === null || dueAtMs > nowMs',
    keeps: 'a record that has gone on from being settled by what was asked before',
  },
  {
    file: transitions,
    condition: "finding.task === 'found'",
    keeps: 'what Cloud Tasks still has from being sent twice',
  },
  {
    file: transitions,
    condition: "record.state === 'pending' && wasPurged(record, finding.purgedAtMs)",
    keeps: 'what an operator purged from coming back, and nothing else from being given up',
  },
  {
    file: transitions,
    condition: 'canBeSent(sentAtMs, record.notBeforeMs)',
    dropped: 'true',
    keeps: 'a task that no queue could have held from being given up as purged',
  },
  {
    file: transitions,
    condition: 'isTerminal(record) || isLeaseAlive(record, nowMs)',
    keeps: 'what an attempt holds, or is over, from being cancelled',
  },
  {
    file: transitions,
    condition: 'record.error?.code === code',
    keeps: 'a task that waits for another worker from being written with each delivery',
  },
  {
    file: transitions,
    condition: "record.state !== 'pending'",
    within: 'runNow',
    keeps: 'what is running or over from being delivered by hand',
  },
  {
    file: transitions,
    condition: '!isTerminal(record)',
    keeps: 'a task that is still to be done from being erased',
  },
  {
    file: ledger,
    condition: 'isOfAnother || transitions.isLeaseAlive(record, nowMs)',
    keeps: 'a worker that doesn’t know a contract from giving up what another has',
  },
  {
    file: ledger,
    condition: 'record?.commitId === commitId',
    keeps: 'a producer that is run again from enqueueing twice',
  },
  {
    file: ledger,
    condition: 'record.contract !== contract.name || record.version !== contract.version',
    keeps: 'a task from being done by another contract’s handler',
  },
  {
    file: ledger,
    condition: 'violations.length > 0 || bodyProblem !== undefined',
    keeps: 'a payload that breaks its contract from its handler',
  },
  {
    file: ledger,
    condition: 'record.schemaHash !== contract.schemaHash && isAwaitable(found)',
    keeps: 'an older or newer worker from judging by another schema',
  },
  {
    file: ledger,
    condition: 'transitions.isTerminal(record) || generation < record.generation',
    keeps: 'a task that is over from being given up as unknown',
  },
  {
    file: ledger,
    condition: 'isAwaitable(found)',
    keeps: 'a task of a newer contract from being given up during a roll-out',
  },
  {
    file: ledger,
    condition: 'record.commitId === operationId',
    keeps: 'an operator’s action that is run again from being refused',
  },
  {
    file: operator,
    condition: "record.error?.code === 'OUTCOME_UNKNOWN' && verdict === undefined",
    keeps: 'what may have happened from being replayed before a person says whether it has',
  },
  {
    file: steps,
    condition: "earlier?.state === 'done'",
    keeps: 'a call that was made from being made again',
  },
  {
    file: steps,
    condition: "earlier?.state === 'started' && options.atMostOnce",
    keeps: 'a call whose outcome is unknown from being repeated blindly',
  },
  {
    file: steps,
    condition: 'needsIntent',
    keeps: 'a call from being made before its intent is written down',
  },
  {
    file: steps,
    condition: 'repeat !== undefined && forgotten && options.lookup !== undefined',
    keeps: 'a call from being repeated after its provider has forgotten its key',
  },
  {
    file: steps,
    condition: 'bytes > LONGEST_RESULT_BYTES',
    keeps: 'a record from growing without bound',
  },
  {
    file: attempt,
    condition: 'finishing',
    keeps: 'a handler from finishing twice',
  },
  {
    file: attempt,
    condition: "told instanceof AttemptAbortedError && told.code === 'STOPPING'",
    keeps: 'an attempt that is handed back at the end of a process from counting',
  },
  {
    file: worker,
    condition: "claimed.outcome !== 'run'",
    keeps: 'a task that was not claimed from running',
  },
  {
    file: transaction,
    condition: 'existing.payloadHash !== record.payloadHash',
    keeps: 'a dedupe key from standing for two different tasks',
  },
  {
    file: transaction,
    condition: 'existing !== undefined',
    keeps: 'a keyed task from being enqueued twice',
  },
  {
    file: origin,
    condition: '!onAppEngine',
    keeps: 'headers that anybody can send from being believed',
  },
  {
    file: origin,
    condition: 'delivery === undefined',
    keeps: 'a request without Cloud Tasks’ headers from running a task',
  },
  {
    file: origin,
    condition: '!queues.some((queue) => isPartOfQueue(queue, delivery.queueName))',
    keeps: 'a task of a foreign queue from running',
  },
];
