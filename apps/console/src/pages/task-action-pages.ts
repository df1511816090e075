import type { TaskContract, Violation } from '@waybill/contract-kit';
import { type Html, html, nothing } from '@waybill/service-kit/html';
import type { StepVerdict, TaskRecord } from '@waybill/task-runtime/operator';
import type { TaskAction } from '../actions/operator-actions.ts';
import { needsVerdict } from '../actions/verdict.ts';
import { tokenField, whyField } from './components/form-fields.ts';
import { notice } from './components/notice.ts';
import { jsonBox } from './components/payload-view.ts';
import { schemaVerdict } from './components/schema-verdict.ts';
import { stateBadge } from './components/state-badge.ts';
import { taskPath } from './components/task-links.ts';
import type { Frame } from './layout.ts';

/** How each action is called, and what it does. */
export const ACTION_TEXTS: Readonly<Record<TaskAction, { verb: string; effect: string; danger: boolean }>> = {
  replay: {
    verb: 'Replay',
    effect:
      'It gets all its attempts again, with its payload as it is. Steps that were done are not done again, so nobody is charged twice.',
    danger: false,
  },
  discard: {
    verb: 'Discard',
    effect: 'It is given up for good, and can’t be replayed any more.',
    danger: true,
  },
  cancel: {
    verb: 'Cancel',
    effect:
      'Its delivery, when it comes, does nothing. An order can’t do without its charge or its reservation: it is cancelled with them.',
    danger: true,
  },
  run: {
    verb: 'Run now',
    effect: 'Cloud Tasks delivers it at once, before its time, and though its queue be paused.',
    danger: false,
  },
  erase: {
    verb: 'Erase',
    effect:
      'Its payload, results, error text and history are emptied. A dead letter is discarded with it. This can’t be undone.',
    danger: true,
  },
};

/** Asks whether something is really to be done to a task. */
export function confirmTaskPage(
  frame: Frame,
  view: {
    taskId: string;
    record: TaskRecord;
    action: TaskAction;
    problem?: string;
    why?: string;
    verdict?: StepVerdict | undefined;
  },
): Html {
  const { taskId, record, action, problem, why, verdict } = view;
  const { verb, effect, danger } = ACTION_TEXTS[action];
  return html`${problem === undefined ? nothing : notice('problem', problem)}
<form method="post" action="${`${taskPath(taskId)}/${action}`}" class="panel">
${tokenField(frame)}
<p>${stateBadge(record.state)} <strong>${record.contract} v${record.version}</strong> <code class="whole">${taskId}</code></p>
${record.error === null ? nothing : html`<p>Its last error: <code>${record.error.code}</code> ${record.error.message}</p>`}
<p>${effect}</p>
${action === 'replay' && needsVerdict(record) ? verdictField(record, verdict) : nothing}
${action === 'erase' ? nameField(taskId) : nothing}
${whyField(why)}
<p class="buttons"><button class="${danger ? 'danger' : 'primary'}">${verb}</button> <a href="${taskPath(taskId)}">Back to the task</a></p>
</form>`;
}

/** Asks for the task's id: an erasure can't be undone. */
function nameField(taskId: string): Html {
  return html`<p class="field"><label for="name">Type <code class="whole">${taskId}</code> to confirm</label><input id="name" name="name" required autocomplete="off" spellcheck="false"></p>`;
}

/** Asks what came of the call that may have happened. Nothing is chosen beforehand: who replays must have found out. */
function verdictField({ steps }: TaskRecord, chosen: StepVerdict | undefined): Html {
  const unknown = Object.entries(steps).flatMap(([name, { atMostOnce }]) => (atMostOnce ? [name] : []));
  const option = (verdict: StepVerdict, text: string): Html =>
    html`<p class="field check"><input type="radio" id="${verdict}" name="verdict" value="${verdict}" required${verdict === chosen ? html` checked` : nothing}> <label for="${verdict}">${text}</label></p>`;
  return html`<fieldset>
<legend>Its call ${unknown.map((name) => html`<code>${name}</code> `)}may or may not have happened. Find out, then say which:</legend>
${option('happened', 'It happened. It counts as done, and is not made again.')}
${option('did-not-happen', 'It did not happen. It is made once more.')}
</fieldset>`;
}

/** The form to edit a dead letter's payload and replay it. */
export function editPayloadPage(
  frame: Frame,
  view: {
    taskId: string;
    record: TaskRecord;
    contract: TaskContract;
    /** As it is to stand in the field. */
    text: string;
    /** Why it was not taken. */
    problem?: string;
    violations: readonly Violation[];
    why?: string;
    verdict?: StepVerdict | undefined;
  },
): Html {
  const { taskId, record, contract, text, problem, violations, why, verdict } = view;
  return html`${problem === undefined ? nothing : notice('problem', problem)}
<form method="post" action="${`${taskPath(taskId)}/replay`}" class="panel" data-live-check data-contract="${contract.name}" data-version="${contract.version}">
${tokenField(frame)}
<div class="beside">
<div>
<label for="payload">Payload of ${contract.name} v${contract.version}, as JSON</label>
<textarea id="payload" name="payload" rows="14" spellcheck="false" autocomplete="off" required aria-describedby="verdict">${text}</textarea>
<div id="verdict" aria-live="polite">${schemaVerdict(violations)}</div>
</div>
<div><h2>Schema</h2>${jsonBox('Schema', JSON.stringify(contract.schema, undefined, 2))}</div>
</div>
<p>It gets all its attempts again, with this payload. Steps that were done are not done again.</p>
${needsVerdict(record) ? verdictField(record, verdict) : nothing}
${whyField(why)}
<p class="buttons"><button class="primary">Replay with this payload</button> <a href="${taskPath(taskId)}">Back to the task</a></p>
</form>`;
}
