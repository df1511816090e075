/** A guard of the ledger: a condition in the source, and what it keeps from happening. */
export interface Guard {
  /** Relative to the package's `src`. */
  readonly file: string;
  /** The condition of an `if`, or another expression, as it stands in the source; it must stand there once. */
  readonly condition: string;
  /** The function or method it stands in, where others in the file have the same. */
  readonly within?: string;
  /** The text that stands for the condition without the guard. Default `false`: the `if` keeps nothing away. */
  readonly dropped?: string;
  readonly keeps: string;
}

const claim = 'ledger/transitions/claim.ts';
const deliveries = 'ledger/transitions/delivery.ts';
const ends = 'ledger/transitions/attempt.ts';
const exhaustion = 'ledger/transitions/exhaustion.ts';
const death = 'ledger/transitions/death.ts';
const sending = 'ledger/transitions/send.ts';
const dueTimes = 'ledger/transitions/due-times.ts';
const taskState = 'ledger/transitions/task-state.ts';
const overdue = 'ledger/transitions/overdue.ts';
const actions = 'ledger/transitions/operator-actions.ts';
const ledger = 'ledger/task-ledger.ts';
const steps = 'worker/run-step.ts';
const attemptSteps = 'worker/attempt-steps.ts';
const stepLimits = 'worker/step-limits.ts';
const stepOptions = 'worker/step-options.ts';
const stepKey = 'worker/step-key.ts';
const stepEach = 'worker/step-each.ts';
const transactionGuard = 'ledger/transaction-guard.ts';
const receiver = 'worker/delivery-receiver.ts';
const attempt = 'worker/run-attempt.ts';
const transaction = 'ledger/task-transaction.ts';
const origin = 'worker/origin-check.ts';
const operator = 'operator/task-operator.ts';
const runner = 'store/run-transaction.ts';
const sweeper = 'worker/sweep.ts';
const handlerTable = 'worker/handlers-by-path.ts';
const neglected = 'worker/neglected-services.ts';

/** Every guard of the state table in docs/architecture.md. Each is dropped and inverted in turn by `run.ts`. */
export const guards: readonly Guard[] = [
  {
    file: dueTimes,
    condition: 'notBeforeMs === null || notBeforeMs - nowMs <= MAX_SCHEDULE_MS',
    dropped: 'true',
    keeps: 'a task from being sent further ahead than Cloud Tasks takes',
  },
  {
    file: sending,
    condition:
      "record.state !== 'pending' || record.generation !== generation || record.notBeforeMs === null",
    keeps: 'a task that has gone on from being recorded as just sent',
  },
  {
    file: claim,
    condition: 'delivery.generation < record.generation',
    keeps: 'a superseded delivery from running',
  },
  {
    file: claim,
    condition: "record.state === 'pending' && record.generation === generation && isUntried(record)",
    dropped: 'true',
    keeps:
      'a handler that kills its process from being started for ever, and an unclaimed attempt from taking over another',
  },
  {
    file: claim,
    condition: 'generation > record.generation',
    within: 'ofGeneration',
    keeps: 'a task that a restore has set back from being superseded by its own earlier name',
  },
  {
    file: taskState,
    condition: "record.state === 'running' && record.attemptId === attemptId",
    dropped: 'true',
    keeps: 'an attempt that lost its task from writing anything',
  },
  {
    file: taskState,
    condition: "record.state !== 'pending' && record.state !== 'running'",
    keeps: 'a task that is over from being done again',
  },
  {
    file: claim,
    condition: 'isOwn(record, delivery.attemptId)',
    keeps: 'a claim that is run again from waiting for its own lease',
  },
  {
    file: taskState,
    condition: "record.state === 'running' && (record.leaseUntilMs ?? 0) > nowMs",
    keeps: 'two attempts from running at once',
  },
  {
    file: exhaustion,
    condition: 'record.attempts >= limits.maxAttempts',
    keeps: 'a task from being tried for ever',
  },
  {
    file: exhaustion,
    condition: 'nowMs - record.firstAttemptAtMs > limits.maxAgeSeconds * SECOND_MS',
    keeps: 'a task from being tried beyond its age',
  },
  {
    file: claim,
    condition: 'exhausted !== undefined',
    within: 'claim',
    keeps: 'a task whose limits are used up from being begun',
  },
  {
    file: ends,
    condition: 'exhausted !== undefined',
    within: 'fail',
    keeps: 'a task whose limits are used up from being tried again',
  },
  {
    file: ends,
    condition: "record.state === 'succeeded' && record.attemptId === attemptId",
    keeps: 'a finish that is run again from taking its own success for another’s',
  },
  {
    file: ends,
    condition: "record.attemptId === attemptId && (record.state === 'pending' || record.state === 'dead')",
    keeps: 'a failure that is run again from being lost',
  },
  {
    file: ends,
    condition: "failure.kind === 'permanent'",
    keeps: 'what no retry can help from being retried',
  },
  {
    file: ends,
    condition: 'stopping',
    within: 'fail',
    keeps: 'an attempt that is handed back from being its task’s last',
  },
  {
    file: overdue,
    condition: 'isTerminal(record) || present !== generation || dueAtMs === null || dueAtMs > nowMs',
    keeps: 'a record that has gone on from being settled by what was asked before',
  },
  {
    file: death,
    condition: 'open === undefined',
    keeps: 'a call that may have happened from being forgotten over another reason of death',
  },
  {
    file: death,
    condition: 'dead.error?.code !== OUTCOME_UNKNOWN',
    dropped: 'true',
    keeps: 'what may have happened from being compensated',
  },
  {
    file: death,
    condition: 'isTerminal(record) || hasGoneOn',
    keeps: 'a task that has gone on while its compensation failed from being set back',
  },
  {
    file: overdue,
    condition: "finding.task === 'found'",
    keeps: 'what Cloud Tasks still has from being sent twice',
  },
  {
    file: overdue,
    condition: "record.state === 'pending' && wasPurged(record, finding.purgedAtMs)",
    keeps: 'what an operator purged from coming back, and nothing else from being given up',
  },
  {
    file: overdue,
    condition: '!survivesPurge',
    dropped: 'true',
    keeps: 'a compensation from being given up with all else that its queue was purged of',
  },
  {
    file: overdue,
    condition: 'canBeSent(sentAtMs, record.notBeforeMs)',
    dropped: 'true',
    keeps: 'a task that no queue could have held from being given up as purged',
  },
  {
    file: actions,
    condition: 'isTerminal(record) || isLeaseAlive(record, nowMs)',
    keeps: 'what an attempt holds, or is over, from being cancelled',
  },
  {
    file: deliveries,
    condition: 'record.error?.code === code',
    keeps: 'a task that waits for another worker from being written with each delivery',
  },
  {
    file: actions,
    condition: "record.state !== 'pending'",
    within: 'runNow',
    keeps: 'what is running or over from being delivered by hand',
  },
  {
    file: actions,
    condition: "record.state !== 'dead'",
    within: 'discard',
    keeps: 'what is not dead from being discarded',
  },
  {
    file: actions,
    condition: "record.state !== 'dead'",
    within: 'replay',
    keeps: 'what is not dead from being replayed',
  },
  {
    file: actions,
    condition: '!isTerminal(record)',
    keeps: 'a task that is still to be done from being erased',
  },
  {
    file: deliveries,
    condition: 'isOfAnother || isLeaseAlive(record, nowMs)',
    keeps: 'a worker that doesn’t know a contract from giving up what another has',
  },
  {
    file: ledger,
    condition: 'hasLanded',
    keeps: 'a producer that is run again from enqueueing twice',
  },
  {
    file: deliveries,
    condition: 'record.contract !== contract.name || record.version !== contract.version',
    keeps: 'a task from being done by another contract’s handler',
  },
  {
    file: deliveries,
    condition: 'problem === undefined',
    dropped: 'true',
    keeps: 'a payload that breaks its contract from its handler',
  },
  {
    file: deliveries,
    condition: "record.schemaHash !== contract.schemaHash && isAwaitable(record, 'OTHER_SCHEMA', nowMs)",
    keeps: 'an older or newer worker from judging by another schema',
  },
  {
    file: deliveries,
    condition: 'isTerminal(record) || generation < record.generation',
    keeps: 'a task that is over from being given up as unknown',
  },
  {
    file: deliveries,
    condition: 'isAwaitable(record, code, nowMs)',
    keeps: 'a task of a newer contract from being given up during a roll-out',
  },
  {
    file: ledger,
    condition: "check.outcome === 'lost'",
    keeps: 'an attempt that lost its task from committing its work',
  },
  {
    file: ledger,
    condition: "check.outcome === 'already'",
    keeps: 'a finish that is run again from doing its work again',
  },
  {
    file: ledger,
    condition: "failed.outcome === 'lost'",
    keeps: 'an attempt that lost its task from giving it back, or up',
  },
  {
    file: ledger,
    condition: "failed.outcome === 'already'",
    keeps: 'a failure that is run again from being recorded twice',
  },
  {
    file: ledger,
    condition: 'changed === undefined',
    within: '#change',
    keeps: 'an attempt that lost its task from a sign of life, or a step',
  },
  {
    file: ledger,
    condition: 'changed === undefined',
    within: 'operate',
    keeps: 'an operator from changing a task whose state forbids it',
  },
  {
    file: ledger,
    condition: "settled.outcome === 'skip'",
    keeps: 'a record that has gone on from being written by the sweep',
  },
  {
    file: ledger,
    condition: 'record.operationId === operationId',
    keeps: 'an operator’s action that is run again from being refused',
  },
  {
    file: ledger,
    condition: "decision.outcome !== 'run'",
    within: '#receiveFirst',
    keeps: 'a first delivery that can’t run from beginning unclaimed',
  },
  {
    file: ledger,
    condition: 'precondition === undefined',
    within: 'finish',
    dropped: 'true',
    keeps: 'two unclaimed attempts side by side from both taking effect',
  },
  {
    file: ledger,
    condition: 'unclaimed === undefined || !isPreconditionFailed(error)',
    within: 'finish',
    dropped: 'true',
    keeps: 'a finish whose record has changed harmlessly from failing',
  },
  {
    file: ledger,
    condition: 'enqueued.length === 0 && buffered.hasWrites',
    keeps: 'a producer without a new task from changing a balance twice',
  },
  {
    file: ledger,
    condition: 'found.problem !== undefined',
    within: 'claim',
    keeps: 'a record of an unknown form from being taken for one that is known',
  },
  {
    file: ledger,
    condition: 'found.problem !== undefined',
    within: 'settleOverdue',
    keeps: 'a record of an unknown form from being sent again by the sweep',
  },
  {
    file: 'ledger/found-task.ts',
    condition: 'found.problem !== undefined',
    keeps: 'an attempt from writing over the record of a newer worker',
  },
  {
    file: 'ledger/transitions/unreadable.ts',
    condition: "problem.kind === 'unknown'",
    keeps: 'a newer worker’s record from becoming a dead letter',
  },
  {
    file: 'ledger/transitions/unreadable.ts',
    condition: 'TERMINAL.has(state)',
    keeps: 'a corrupt record that is over from becoming a dead letter',
  },
  {
    file: 'ledger/same-payload.ts',
    condition: 'isErased(existing)',
    keeps: 'an erased task’s key from conflicting with every payload',
  },
  {
    file: 'ledger/same-payload.ts',
    condition: 'existing.version === contract.version || earlier === undefined',
    dropped: 'true',
    keeps: 'a key of two versions of a contract from conflicting with itself',
  },
  {
    file: death,
    condition: "action === 'replay' || action === 'replay-mended'",
    dropped: 'false',
    keeps: 'the compensation of a second death from being taken for that of the first',
  },
  {
    file: 'ledger/transitions/adopt.ts',
    condition: 'isOwnTaskId(taskId) || generation <= record.generation',
    dropped: 'generation <= record.generation',
    keeps: 'a task that a restore has set back from being adopted as another',
  },
  {
    file: overdue,
    condition: "finding.task === 'queue-missing'",
    keeps: 'a task whose queue is deleted from being sent into nothing again and again',
  },
  {
    file: 'worker/attempt-hold.ts',
    condition: 'this.#options.monotonicMs() >= this.#leaseUntilMs',
    keeps: 'an attempt whose lease is over from calling out',
  },
  {
    file: attempt,
    condition: 'outcome === undefined || outcomes.includes(outcome)',
    dropped: 'true',
    keeps: 'an outcome that nobody has declared from being recorded',
  },
  {
    file: actions,
    condition: 'error?.code === OUTCOME_UNKNOWN && verdict === undefined',
    keeps: 'what may have happened from being replayed before a person says whether it has',
  },
  {
    file: operator,
    condition: 'onlyUntried && !isUntried(record)',
    keeps: 'what was begun from being cancelled where it must be untried',
  },
  {
    file: operator,
    condition: '!isTerminal(task)',
    keeps: 'half of a subject’s tasks from being erased while another is under way',
  },
  {
    file: operator,
    condition: "by.trim() === '' || why.trim() === '' || by.length > 200 || why.length > 1_000",
    keeps: 'an operator’s action from being nobody’s, or without a reason',
  },
  {
    file: steps,
    condition: "earlier?.state === 'done'",
    keeps: 'a call that was made from being made again',
  },
  {
    file: steps,
    condition: 'isRepeat && settings.atMostOnce',
    keeps: 'a call whose outcome is unknown from being repeated blindly',
  },
  {
    file: steps,
    condition: 'step.atMostOnce || settings.lookup !== undefined',
    keeps: 'a call from being made before its intent is written down',
  },
  {
    file: steps,
    condition: 'isRepeat && forgotten && settings.lookup !== undefined',
    keeps: 'a call from being repeated after its provider has forgotten its key',
  },
  {
    file: steps,
    condition: 'found !== undefined',
    keeps: 'a call that its provider knows of from being made again',
  },
  {
    file: attempt,
    condition: 'finishing',
    within: 'makeFinish',
    keeps: 'a handler from finishing twice',
  },
  {
    file: attempt,
    condition: "told instanceof AttemptAbortedError && told.code === 'STOPPING'",
    keeps: 'an attempt that is handed back at the end of a process from counting',
  },
  {
    file: attempt,
    condition: 'isContention(told)',
    keeps: 'contention from counting as a failure of the handler',
  },
  {
    file: attempt,
    condition: "!(error instanceof ContentionError) || failure.kind === 'contention'",
    keeps: 'a task from waiting for its lease where only its compensation meets contention',
  },
  {
    file: receiver,
    condition: 'error instanceof ContentionError',
    keeps: 'a delivery that meets contention from being answered as a failure',
  },
  {
    file: runner,
    condition: 'code === Status.ABORTED',
    keeps: 'contention from passing for a Firestore that does not answer',
  },
  {
    file: runner,
    condition: '!responds',
    keeps: 'a Firestore that does not answer from passing for contention',
  },
  {
    file: runner,
    condition: '!waitsForFirestore',
    keeps: 'a function that waits for something else from passing for contention',
  },
  {
    file: ledger,
    condition: "error instanceof ContentionError && failure.kind === 'contention'",
    keeps: 'an attempt from counting whose hand-back meets contention',
  },
  {
    file: sweeper,
    condition: 'error instanceof ContentionError',
    keeps: 'a record that others hold from counting as a failure of the sweep',
  },
  {
    file: receiver,
    condition: "claimed.outcome !== 'run'",
    keeps: 'a task that was not claimed from running',
  },
  {
    file: receiver,
    condition: 'stopping.aborted',
    keeps: 'a process that is about to end from beginning an attempt',
  },
  {
    file: transaction,
    condition: '!isSamePayload(this.#context.catalogue, existing, { contract, payload })',
    keeps: 'a dedupe key from standing for two different tasks',
  },
  {
    file: transaction,
    condition: 'existing !== undefined',
    keeps: 'a keyed task from being enqueued twice',
  },
  {
    file: transaction,
    condition: 'Buffer.byteLength(json) > MAX_PAYLOAD_BYTES',
    keeps: 'a payload from being longer than a record holds',
  },
  {
    file: 'ledger/enqueue-options.ts',
    condition: 'version !== undefined && isDelayed',
    keeps: 'a delayed task from being bound to a version that may be gone',
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
    condition: '!TASK_NAME.test(delivery.taskName)',
    keeps: 'a text that is no task’s name from becoming a record’s',
  },
  {
    file: origin,
    condition: '!queues.some((queue) => isPartOfQueue(queue, delivery.queueName))',
    keeps: 'a task of a foreign queue from running',
  },
  {
    file: origin,
    condition: "!onAppEngine || headers['x-appengine-cron'] !== 'true'",
    keeps: 'anybody but App Engine’s cron from running the sweep',
  },
  {
    file: sweeper,
    condition: '(refusal as { code?: unknown }).code !== Status.NOT_FOUND',
    keeps: 'a task from being taken for lost where Cloud Tasks did not answer',
  },
  {
    file: sweeper,
    condition: 'nowMs() < endMs',
    dropped: 'true',
    keeps: 'a sweep from going on for longer than its time',
  },
  {
    file: handlerTable,
    condition: 'handler.contract.service !== service',
    keeps: 'the handler of another service’s contract from running here',
  },
  {
    file: handlerTable,
    condition: 'handler === undefined',
    keeps: 'a task from being given up where nothing compensates for it',
  },
  {
    file: neglected,
    condition: 'after === service || readTime.toMillis() - dueAt.toMillis() < NEGLECTED_AFTER_MS',
    keeps: 'a service whose sweep runs from being reported',
  },
  {
    file: receiver,
    condition: 'rightService !== undefined',
    keeps: 'a task of another service from being taken for one that nobody knows',
  },
  {
    file: steps,
    condition: 'earlier?.error !== undefined && !isReplayed(scope.record, earlier)',
    keeps: 'a call that its provider has refused from being made again before a replay',
  },
  {
    file: steps,
    condition: 'error instanceof MisuseError || error instanceof OutcomeUnknownError',
    keeps: 'a fault of the code from being recorded as a refusal of the provider',
  },
  {
    file: steps,
    condition: 'step.atMostOnce && !isNotDone',
    keeps: 'a call from counting as not done for any error but StepNotDoneError',
  },
  {
    file: steps,
    condition: 'isPermanent(reason)',
    keeps: 'a refusal from being forgotten when the worker dies',
  },
  {
    file: steps,
    condition: "earlier.state === 'refused' && earlier.notDone !== true",
    keeps: 'a key that its provider has refused from being used again',
  },
  {
    file: attemptSteps,
    condition: "this.#phase !== 'open'",
    keeps: 'a call from being made by a step after the task is finished',
  },
  {
    file: attemptSteps,
    condition: 'earlier !== undefined',
    keeps: 'two calls from sharing one name, and with it one result',
  },
  {
    file: attemptSteps,
    condition: 'isOpen || !outcome.isObserved',
    keeps: 'a task from being finished while a call of it is under way, or failed unseen',
  },
  {
    file: attemptSteps,
    condition: 'this.#misuse !== undefined',
    keeps: 'a wrong use of a step from being caught and forgotten',
  },
  {
    file: attemptSteps,
    condition: "state !== 'refused' && !this.#asked.has(name)",
    keeps: 'a renamed step from being done again unseen',
  },
  {
    file: stepLimits,
    condition: 'names.size <= MAX_STEPS',
    dropped: 'true',
    keeps: 'a record from growing step by step',
  },
  {
    file: stepLimits,
    condition: 'bytes > MAX_RESULT_BYTES',
    keeps: 'a record from growing without bound',
  },
  {
    file: stepLimits,
    condition: 'keptBytes(steps) + bytes > MAX_RESULTS_BYTES',
    keeps: 'a record from holding more results than a document can',
  },
  {
    file: stepLimits,
    condition: 'documentBytes(record, steps) + bytes > MAX_DOCUMENT_BYTES - RESERVE_BYTES',
    keeps: 'a record from being so full that its task can not be failed',
  },
  {
    file: stepOptions,
    condition: 'remembersForSeconds !== undefined && lookup === undefined',
    keeps: 'a forgotten key from being ignored',
  },
  {
    file: stepOptions,
    condition: 'atMostOnce === true && lookup !== undefined',
    keeps: 'a lookup from being ignored',
  },
  {
    file: stepKey,
    condition: 'key.length <= MAX_KEY_LENGTH',
    dropped: 'true',
    keeps: 'a key from being longer than a provider takes',
  },
  {
    file: stepEach,
    condition: 'earlier !== undefined',
    keeps: 'two items of a list from sharing one call',
  },
  {
    file: transactionGuard,
    condition: "this.#phase === 'open'",
    dropped: 'true',
    keeps: 'a call from having no effect after its transaction',
  },
  {
    file: transactionGuard,
    condition: 'earlier !== undefined',
    keeps: 'a write from replacing another of its transaction',
  },
  {
    file: transactionGuard,
    condition: 'written !== undefined',
    keeps: 'a read from missing a write of its transaction',
  },
  {
    file: transactionGuard,
    condition: 'changed !== undefined',
    keeps: 'a query from missing a write of its transaction',
  },
  {
    file: transactionGuard,
    condition: 'open === undefined',
    dropped: 'true',
    keeps: 'a transaction from being committed before its reads have ended',
  },
  {
    file: transactionGuard,
    condition: 'this.#failure !== undefined',
    keeps: 'a wrong use of a transaction from being caught and forgotten',
  },
  {
    file: attemptSteps,
    condition: 'this.#detached !== undefined',
    within: 'assertRight',
    keeps: 'a task from being finished where code that nobody awaits has failed',
  },
  {
    file: transactionGuard,
    condition: "this.#phase !== 'ended'",
    keeps: 'a transaction from being committed where code that nobody awaits has failed',
  },
  {
    file: 'worker/lost-records.ts',
    condition: "typeof snapshot.get('route.service') !== 'string'",
    keeps: 'a task of a service whose sweep does not run from being settled by another one',
  },
  {
    file: 'worker/lost-records.ts',
    condition: "snapshot.get('dueAt') === undefined && snapshot.get('route.service') === service",
    keeps: 'a task that waits for its time, or is another service’s, from being asked for each day',
  },
  {
    file: 'detached-errors.ts',
    condition: 'onError !== undefined',
    keeps: 'a process from ending for an error of one task',
  },
  {
    file: 'detached-errors.ts',
    condition: "process.listenerCount('unhandledRejection') === 1",
    keeps: 'a process from going on after an error of no task',
  },
  {
    file: attempt,
    condition: "failure.kind !== 'stopping'",
    dropped: 'true',
    keeps: 'a hand-back from waiting for a lock until its process is gone',
  },
  {
    file: attempt,
    condition: 'isHandled',
    keeps: 'a finish that nobody awaits from being committed',
  },
];
