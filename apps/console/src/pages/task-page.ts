import type { TaskContract } from '@waybill/contract-kit';
import { type Html, html, nothing } from '@waybill/service-kit/html';
import {
  CONTENTION,
  contentionCount,
  isErased,
  type ListedTask,
  MAX_HISTORY_LENGTH,
  type RecordProblem,
  type StepRecord,
  type TaskEvent,
  type TaskRecord,
} from '@waybill/task-runtime/operator';
import type { TaskAction } from '../actions/operator-actions.ts';
import { VERDICT_TEXTS } from '../actions/verdict.ts';
import type { QueuedTask } from '../queues/queued-task.ts';
import { tokenField } from './components/form-fields.ts';
import { none } from './components/none.ts';
import { notice } from './components/notice.ts';
import { jsonBox, maskedJson, prettyJson } from './components/payload-view.ts';
import { schemaVerdict } from './components/schema-verdict.ts';
import { isOverdue, stateBadge } from './components/state-badge.ts';
import { table } from './components/table.ts';
import { shortId, subjectLink, taskLink, taskPath } from './components/task-links.ts';
import { span, timeText } from './components/time-text.ts';
import type { Frame } from './layout.ts';

/** What a task's page shows. */
export interface TaskView {
  readonly taskId: string;
  /** As far as it can be shown, where there is a problem. */
  readonly record: TaskRecord;
  /** Why its record can't be used. */
  readonly problem: RecordProblem | undefined;
  readonly readAtMs: number;
  /** Undefined: this console knows no such version. */
  readonly contract: TaskContract | undefined;
  /** All tasks of its subject, itself included. */
  readonly relatives: readonly ListedTask[];
  /** As Cloud Tasks has it; undefined: it has none of that name, or needs none; null: it did not say. */
  readonly queued: QueuedTask | undefined | null;
  /** Whether the values of its payload and results are shown. */
  readonly revealed: boolean;
  readonly done?: TaskAction | undefined;
}

const DONE_TEXTS: Readonly<Record<TaskAction, string>> = {
  replay: 'Replayed: it has all its attempts again.',
  discard: 'Discarded: it is given up for good.',
  cancel: 'Cancelled: its delivery will do nothing.',
  run: 'Cloud Tasks was told to run it now.',
  erase: 'Erased: its payload, results, error text and history are gone.',
};

/** What operators may do to a task as it stands. */
function actionsFor({ record, problem, readAtMs: nowMs }: TaskView): TaskAction[] {
  if (problem?.kind === 'unknown') return [];
  if (problem !== undefined) return record.state === 'dead' ? ['discard', 'erase'] : [];
  if (record.state === 'dead') return isErased(record) ? ['discard'] : ['replay', 'discard', 'erase'];
  if (isOver(record)) return isErased(record) ? [] : ['erase'];
  if (record.state === 'pending') return ['run', 'cancel'];
  return isLeaseExpired(record, nowMs) ? ['cancel'] : [];
}

/** Whether a task is at its end: nothing can change it but an erasure. */
function isOver({ state }: TaskRecord): boolean {
  return state === 'succeeded' || state === 'cancelled' || state === 'discarded';
}

/** Whether its attempt ended without an outcome: its worker is gone, or hangs. */
function isLeaseExpired({ state, leaseUntilMs }: TaskRecord, nowMs: number): boolean {
  return state === 'running' && (leaseUntilMs ?? 0) <= nowMs;
}

/** Why a task waits for another worker than the one that got it. */
const AWAITED: Readonly<Record<string, string>> = {
  UNKNOWN_CONTRACT:
    'Waits for a worker that knows its contract: the one that serves does not. It is delivered again for a day, then given up.',
  WRONG_SERVICE:
    'Waits for the service that does its contract: it was delivered to another one. Look for a routing override of its queue, or a rule of dispatch.yaml.',
  QUEUE_MISSING: 'Its queue does not exist: create it, and the sweep sends the task.',
  OTHER_SCHEMA:
    'Waits for a worker that takes its payload: its sender and the worker that serves are of different versions. It is delivered again for a day, then given up.',
};

/** A task's whole life. */
export function taskPage(frame: Frame, view: TaskView): Html {
  const { taskId, record, readAtMs, done } = view;
  const canAct = frame.identity.role === 'operator';
  return html`${done === undefined ? nothing : notice('done', DONE_TEXTS[done])}
<p class="lead">${stateBadge(record.state)}${isOverdue(record, readAtMs) ? html` ${stateBadge('overdue')}` : nothing} <span>${standing(view)}</span></p>
${
  record.error === null
    ? nothing
    : html`<div class="notice problem"><p><code>${record.error.code}</code> ${record.error.message}</p><p class="quiet">${timeText(record.error.atMs, readAtMs)}</p></div>`
}
${canAct ? actionButtons(frame, view) : nothing}
<section aria-labelledby="facts"><h2 id="facts">Facts</h2>${facts(taskId, record, readAtMs)}</section>
<section aria-labelledby="life"><h2 id="life">Its life</h2>${timeline(record, readAtMs)}</section>
<section aria-labelledby="queued"><h2 id="queued">In Cloud Tasks</h2>${delivery(view)}</section>
<section aria-labelledby="payload"><h2 id="payload">Payload and schema</h2>${payloadBeside(frame, view)}</section>
<section aria-labelledby="steps"><h2 id="steps">Steps</h2>${steps(view)}</section>
<section aria-labelledby="family"><h2 id="family">Parent and children</h2>${family(view)}</section>
<section aria-labelledby="audit"><h2 id="audit">What people did to it</h2>${audit(record, readAtMs)}</section>`;
}

function standing({ record, problem, queued, readAtMs: nowMs }: TaskView): Html {
  if (problem?.kind === 'unknown') {
    return html`Waits for a worker that knows its record version or state: ${problem.message}. What is shown may be incomplete.`;
  }
  if (problem?.kind === 'corrupt') {
    return html`Its record is corrupt: ${problem.message}. Discard it, and enqueue the task again. What is shown may be incomplete.`;
  }
  const { state, leaseUntilMs, notBeforeMs, dueAtMs, attempts } = record;
  const nextAtMs = queued?.scheduledAtMs ?? 0;
  const awaited = state === 'pending' ? AWAITED[record.error?.code ?? ''] : undefined;
  if (awaited !== undefined) return html`${awaited}`;
  if (isLeaseExpired(record, nowMs)) {
    return html`Attempt ${attempts}; <strong>lease run out</strong> ${timeText(leaseUntilMs, nowMs)}: its worker has ended, or hangs. The next delivery begins another attempt.`;
  }
  if (state === 'running') return html`Attempt ${attempts}; its lease ends ${timeText(leaseUntilMs, nowMs)}.`;
  if (state === 'pending' && notBeforeMs !== null && notBeforeMs > nowMs) {
    return html`To be delivered ${timeText(notBeforeMs, nowMs)}.`;
  }
  if (state === 'pending' && attempts > 0 && nextAtMs > nowMs) {
    return html`To be tried again ${timeText(nextAtMs, nowMs)}.`;
  }
  if (state === 'pending')
    return html`Looked after by the sweep ${timeText(dueAtMs, nowMs)}, if nothing happens before.`;
  if (state === 'dead' && isErased(record)) {
    return html`Its personal data was erased after its period. It can only be discarded.`;
  }
  const after = `${attempts} ${attempts === 1 ? 'attempt' : 'attempts'}`;
  if (record.outcome !== undefined) return html`Ended as “${record.outcome}”, after ${after}.`;
  return html`After ${after}.`;
}

function actionButtons(frame: Frame, view: TaskView): Html {
  const { taskId, record, revealed, contract, problem } = view;
  const path = taskPath(taskId);
  const links: Readonly<Record<TaskAction, Html>> = {
    replay: html`<a class="button primary" href="${path}/replay">Replay…</a>`,
    discard: html`<a class="button" href="${path}/discard">Discard…</a>`,
    cancel: html`<a class="button" href="${path}/cancel">Cancel…</a>`,
    run: html`<a class="button" href="${path}/run">Run now…</a>`,
    erase: html`<a class="button" href="${path}/erase">Erase…</a>`,
  };
  const editButton =
    record.state === 'dead' && !isErased(record) && contract !== undefined && problem === undefined
      ? html`<form method="post" action="${path}/mend">${tokenField(frame)}<button>Mend the payload…</button></form>`
      : nothing;
  const reveal = revealed
    ? nothing
    : html`<form method="post" action="${path}/reveal">${tokenField(frame)}<button>Show values</button></form>`;
  return html`<div class="buttons">${actionsFor(view).map((action) => links[action])}${editButton}${reveal}</div>`;
}

function facts(taskId: string, record: TaskRecord, nowMs: number): Html {
  const { route, traceparent } = record;
  const rows: readonly (readonly [string, Html | string])[] = [
    ['Id', html`<code class="whole">${taskId}</code>`],
    ['Contract', html`${record.contract} v${record.version}`],
    ['About', subjectLink(record.subject)],
    ['Queue', html`<a href="${`/tasks?queue=${encodeURIComponent(record.queue)}`}">${record.queue}</a>`],
    [
      'Service',
      html`<a href="${`/tasks?service=${encodeURIComponent(route.service)}`}">${route.service}</a>${route.version === null ? nothing : html`, version ${route.version}`}`,
    ],
    ['Generation', String(record.generation)],
    ['Attempts', attemptsText(record)],
    ['Enqueued', timeText(record.createdAtMs, nowMs)],
    ['Not before', timeText(record.notBeforeMs, nowMs)],
    ['First attempt', timeText(record.firstAttemptAtMs, nowMs)],
    ['Should have moved by', timeText(record.dueAtMs, nowMs)],
    ['Personal data kept until', timeText(record.eraseAtMs, nowMs)],
    ['Record kept until', timeText(record.expireAtMs, nowMs)],
    ['Trace', traceparent === null ? '–' : html`<code class="whole">${traceparent}</code>`],
  ];
  return factList(rows);
}

function attemptsText(record: TaskRecord): string {
  const contended = contentionCount(record);
  const attempts = String(record.attempts);
  return contended === 0
    ? attempts
    : `${attempts}, and ${contended} that ${contended === 1 ? 'does' : 'do'} not count: other transactions held its documents`;
}

const EVENT_TEXTS: Readonly<Record<TaskEvent['event'], string>> = {
  claimed: 'Claimed by a worker',
  retry: 'Failed; to be tried again',
  'retry-later': 'Failed; to be tried again at a time of its own',
  'handed-back': 'Handed back: its worker was ending',
  succeeded: 'Succeeded',
  dead: 'Given up',
  'sent-again': 'Sent again by the sweep: Cloud Tasks did not have it',
  replayed: 'Replayed by a person',
  cancelled: 'Cancelled',
  discarded: 'Discarded',
};

const CONTENTION_TEXT = 'Handed back: other transactions held its documents; to be tried again';

function timeline(record: TaskRecord, nowMs: number): Html {
  const item = (atMs: number, kind: string, text: string, more: Html = nothing): Html =>
    html`<li class="${kind}"><div><span class="what">${text}</span> ${more}</div> ${timeText(atMs, nowMs)}</li>`;
  const { createdAtMs, parent, sentAtMs, history, notBeforeMs, state } = record;
  const first = item(
    createdAtMs,
    'enqueued',
    'Enqueued',
    parent === null ? nothing : html`<span class="quiet">by ${taskLink(parent)}</span>`,
  );
  const sent =
    sentAtMs === null || history.some(({ event }) => event === 'sent-again' || event === 'replayed')
      ? nothing
      : item(sentAtMs, 'sent', 'Handed to Cloud Tasks');
  const events = history.map(({ atMs, event, attempt, code }, index) => {
    const before = history[index - 1];
    const took =
      before?.event === 'claimed' && event !== 'claimed' && atMs > before.atMs
        ? html` <span class="quiet">after ${span(atMs - before.atMs)}</span>`
        : nothing;
    const errorCode = code === null ? nothing : html`<code>${code}</code>`;
    return item(
      atMs,
      event,
      event === 'handed-back' && code === CONTENTION ? CONTENTION_TEXT : (EVENT_TEXTS[event] ?? event),
      html`<span class="quiet">attempt ${attempt}</span> ${errorCode}${took}`,
    );
  });
  const ahead =
    state === 'pending' && notBeforeMs !== null && notBeforeMs > nowMs
      ? item(notBeforeMs, 'ahead', 'To be delivered')
      : nothing;
  return html`<ol class="timeline">${first}${sent}${gap(record)}${events}${ahead}</ol>`;
}

/** Says where a life is not told whole. */
function gap(record: TaskRecord): Html {
  if (!isErased(record) && record.history.length < MAX_HISTORY_LENGTH) return nothing;
  const text = isErased(record)
    ? 'What came then is erased'
    : `Only its last ${MAX_HISTORY_LENGTH} events are kept`;
  return html`<li><div class="quiet">${text}</div></li>`;
}

function delivery({ record, queued, readAtMs, revealed }: TaskView): Html {
  if (queued === null) return html`<p class="empty">Cloud Tasks did not say. Load the page again.</p>`;
  if (queued === undefined) {
    const isOpen = record.state === 'pending' || record.state === 'running';
    return html`<p class="empty">${isOpen ? 'Not there: it was delivered just now, or the sweep is to send it.' : 'Not there any more: it has been answered for good.'}</p>`;
  }
  const { name, target, scheduledAtMs, dispatches, responses, lastStatus, headers } = queued;
  const rows: readonly (readonly [string, Html | string])[] = [
    ['Name', html`<code class="whole">${name}</code>`],
    ['Delivered to', html`<code class="whole">${target}</code>`],
    ['Next delivery', timeText(scheduledAtMs, readAtMs)],
    ['Deliveries, and answers', `${dispatches}, ${responses}`],
    ['Last answer', lastStatus ?? none],
    ...Object.entries(headers).map(
      ([header, value]) =>
        [`Header ${header}`, html`<code class="whole">${revealed ? value : '‹text›'}</code>`] as const,
    ),
  ];
  return factList(rows);
}

/** What is told across the whole width. */
const LONG_FACTS: ReadonlySet<string> = new Set(['Id', 'Name', 'Trace', 'Delivered to']);

function factList(rows: readonly (readonly [string, Html | string])[]): Html {
  return html`<dl class="facts">${rows.flatMap(([name, value]) => (value === none ? [] : [html`<div${LONG_FACTS.has(name) ? html` class="long"` : nothing}><dt>${name}</dt><dd>${value}</dd></div>`]))}</dl>`;
}

function payloadBeside(frame: Frame, { record, contract, revealed }: TaskView): Html {
  if (isErased(record)) return html`<p class="empty">Erased.</p>`;
  const shown = revealed ? prettyJson(record.payload) : maskedJson(record.payload);
  const note = revealed
    ? 'With its values; that you looked is among the actions.'
    : `Its values are masked.${frame.identity.role === 'operator' ? ' “Show values” shows them, and is recorded.' : ''}`;
  return html`<div class="beside">
<div><h3>Payload</h3><p class="hint">${note}</p>${jsonBox('Payload', shown)}
${contract === undefined ? nothing : verdictOn(record, contract)}</div>
<div><h3>Schema</h3>${
    contract === undefined
      ? html`<p>This console knows no version ${record.version} of ${record.contract}.</p>`
      : html`<p class="hint">${contract.description}${contract.schemaHash === record.schemaHash ? '' : ' The task was written by another schema than this.'}</p>${jsonBox('Schema', JSON.stringify(contract.schema, undefined, 2))}`
  }</div>
</div>`;
}

function verdictOn({ payload }: TaskRecord, contract: TaskContract): Html {
  const violations = contract.violations(parsed(payload));
  return html`${violations.length === 0 ? nothing : html`<p>It breaks the schema:</p>`}${schemaVerdict(violations)}`;
}

function parsed(payload: string): unknown {
  try {
    return JSON.parse(payload);
  } catch {
    return undefined;
  }
}

function steps({ record, readAtMs, revealed }: TaskView): Html {
  return table({
    caption: 'Calls to the outside',
    empty: 'It made no calls to the outside.',
    columns: [
      { heading: 'Step' },
      { heading: 'State' },
      { heading: 'Tries', numeric: true },
      { heading: 'Begun' },
      { heading: 'Result' },
    ],
    rows: Object.entries(record.steps).map(([name, step]) => [
      html`<code>${name}</code>`,
      html`${step.state === 'started' ? 'started: its outcome is not known' : step.state}`,
      html`${step.tries}`,
      timeText(step.startedAtMs, readAtMs),
      resultOf(step, revealed),
    ]),
  });
}

function resultOf({ result, error }: StepRecord, revealed: boolean): Html {
  // Until a replay, each attempt gets the same refusal.
  if (error !== undefined) return html`refused with <code>${error.code}</code>: ${error.message}`;
  if (result === null) return html`${none}`;
  return html`<code class="whole">${revealed ? result : maskedJson(result)}</code>`;
}

function family({ taskId, record, relatives }: TaskView): Html {
  const known = new Set(relatives.map((task) => task.taskId));
  const roots = relatives.filter(({ parent }) => parent === null || !known.has(parent));
  const branch = (task: ListedTask, depth: number): Html => {
    const children = depth > 20 ? [] : relatives.filter(({ parent }) => parent === task.taskId);
    const self = task.taskId === taskId;
    return html`<li>${self ? html`<strong aria-current="true">${task.contract}</strong>` : html`<a href="${taskPath(task.taskId)}">${task.contract}</a>`} <span class="quiet">${shortId(task.taskId)}</span> ${stateBadge(task.state)}${children.length === 0 ? nothing : html`<ul>${children.map((child) => branch(child, depth + 1))}</ul>`}</li>`;
  };
  if (relatives.length === 0)
    return html`<p class="empty">It is about nothing that other tasks are about too.</p>`;
  return html`<p>All tasks about ${subjectLink(record.subject)}:</p><ul class="tree">${roots.map((task) => branch(task, 0))}</ul>`;
}

function audit(record: TaskRecord, nowMs: number): Html {
  return table({
    caption: 'Actions of operators',
    empty: 'Nothing.',
    columns: [{ heading: 'Action' }, { heading: 'Who' }, { heading: 'Why' }, { heading: 'When' }],
    rows: record.audit.map(({ action, verdict, by, why, atMs }) => [
      html`${action}${verdict === undefined ? nothing : `: ${VERDICT_TEXTS[verdict]}`}`,
      html`${by}`,
      html`${why}`,
      timeText(atMs, nowMs),
    ]),
  });
}
