import { type Html, html, nothing } from '@waybill/service-kit/html';
import type { ListedTask, TaskState } from '@waybill/task-runtime';
import { none } from './none.ts';
import { timeText } from './time.ts';

/** A column: its heading, and whether it holds numbers. */
export interface Column {
  readonly heading: string;
  readonly numeric?: boolean;
}

/**
 * A table that becomes a list of cards on a narrow screen. The roles keep it a table for screen readers there too; the
 * first cell of each row is its heading.
 */
export function table(options: {
  caption: string;
  columns: readonly Column[];
  rows: readonly (readonly Html[])[];
  empty: string;
}): Html {
  const { caption, columns, rows, empty } = options;
  if (rows.length === 0) return html`<p class="empty">${empty}</p>`;
  const classOf = (column: Column | undefined): Html =>
    column?.numeric === true ? html` class="number"` : nothing;
  return html`<table role="table">
<caption>${caption}</caption>
<thead role="rowgroup"><tr role="row">${columns.map((column) => html`<th role="columnheader" scope="col"${classOf(column)}>${column.heading}</th>`)}</tr></thead>
<tbody role="rowgroup">${rows.map(
    (cells) =>
      html`<tr role="row">${cells.map((cell, index) => {
        const column = columns[index];
        const label = column?.heading ?? '';
        return index === 0
          ? html`<th role="rowheader" scope="row" data-label="${label}"${classOf(column)}><div>${cell}</div></th>`
          : html`<td role="cell" data-label="${label}"${classOf(column)}><div>${cell}</div></td>`;
      })}</tr>`,
  )}</tbody>
</table>`;
}

const STATE_SIGNS: Readonly<Record<TaskState | 'overdue', string>> = {
  pending: '○',
  running: '◐',
  succeeded: '●',
  dead: '✕',
  cancelled: '–',
  discarded: '–',
  overdue: '!',
};

/** A task's state, told by a word and a sign, not by its colour alone. */
export function stateBadge(state: TaskState | 'overdue'): Html {
  return html`<span class="badge ${state}"><span aria-hidden="true">${STATE_SIGNS[state]}</span> ${state}</span>`;
}

/** A link to a task, by the beginning of its id. */
export function taskLink(taskId: string): Html {
  return html`<a class="id" href="${taskPath(taskId)}" title="${taskId}">${shortId(taskId)}</a>`;
}

/** A task's page. */
export function taskPath(taskId: string): string {
  return `/tasks/${encodeURIComponent(taskId)}`;
}

/** The first ten characters of an id: enough to tell tasks apart on a page. */
export function shortId(id: string): string {
  return id.length > 12 ? `${id.slice(0, 10)}…` : id;
}

/** The list of all tasks of a subject. */
export function subjectPath(subject: string): string {
  return `/tasks?${new URLSearchParams({ subject })}`;
}

/** A link to all tasks of a subject; an adopted task has none. */
export function subjectLink(subject: string): Html {
  if (subject === '') return none;
  const [collection = '', id = ''] = subject.split('/');
  return html`<a class="id" href="${subjectPath(subject)}" title="${subject}">${collection}/${shortId(id)}</a>`;
}

/** Tasks as a table. */
export function taskTable(
  tasks: readonly ListedTask[],
  options: { caption: string; nowMs: number; empty: string; selectable?: boolean },
): Html {
  const { caption, nowMs, empty, selectable = false } = options;
  return table({
    caption,
    empty,
    columns: [
      { heading: 'Task' },
      { heading: 'State' },
      { heading: 'About' },
      { heading: 'Queue' },
      { heading: 'Attempts', numeric: true },
      { heading: 'When' },
      { heading: 'Last error' },
    ],
    rows: tasks.map((task) => [
      html`<div class="task">${selectable ? html`<input type="checkbox" name="id" value="${task.taskId}" aria-label="${`Choose ${task.contract} ${shortId(task.taskId)}`}">` : nothing}<div><span class="contract">${task.contract} <span class="quiet">v${task.version}</span></span> ${taskLink(task.taskId)}</div></div>`,
      html`${stateBadge(task.state)}${isOverdue(task, nowMs) ? html` ${stateBadge('overdue')}` : nothing}`,
      subjectLink(task.subject),
      html`<span class="queue">${task.queue}</span>`,
      html`${task.attempts}`,
      whenText(task, nowMs),
      task.error === null
        ? none
        : html`<code>${task.error.code}</code> <span class="message">${task.error.message}</span>`,
    ]),
  });
}

/** Whether something should have happened to a task by now. */
export function isOverdue({ dueAtMs }: { dueAtMs: number | null }, nowMs: number): boolean {
  return dueAtMs !== null && dueAtMs < nowMs;
}

function whenText(task: ListedTask, nowMs: number): Html {
  if (task.state === 'dead')
    return html`<span class="when"><span class="quiet">died</span> ${timeText(task.failedAtMs, nowMs)}</span>`;
  if (task.state === 'pending' && task.notBeforeMs !== null && task.notBeforeMs > nowMs) {
    return html`<span class="when"><span class="quiet">due</span> ${timeText(task.notBeforeMs, nowMs)}</span>`;
  }
  return html`<span class="when"><span class="quiet">enqueued</span> ${timeText(task.createdAtMs, nowMs)}</span>`;
}

/** A link to the next page of a list. */
export function pager(href: string | undefined, isFirst: boolean, firstHref: string): Html {
  if (href === undefined && isFirst) return nothing;
  return html`<nav class="pager" aria-label="Pages">${isFirst ? nothing : html`<a href="${firstHref}">First page</a>`}${href === undefined ? nothing : html`<a rel="next" href="${href}">Next page</a>`}</nav>`;
}

/** A choice of one of several values in a form; the empty one means any. */
export function choice(options: {
  name: string;
  label: string;
  values: readonly string[];
  chosen: string | undefined;
  any: string;
}): Html {
  const { name, label, values, chosen, any } = options;
  return html`<p class="field"><label for="${name}">${label}</label>
<select id="${name}" name="${name}"><option value="">${any}</option>${values.map((value) => html`<option${value === chosen ? html` selected` : nothing}>${value}</option>`)}</select></p>`;
}

/** Says that something is done, or what is wrong; read out at once. */
export function notice(kind: 'done' | 'problem', content: Html | string): Html {
  return html`<div class="notice ${kind}" role="${kind === 'done' ? 'status' : 'alert'}">${content}</div>`;
}

/** The field in which an operator says why. */
export function whyField(why: string = ''): Html {
  return html`<p class="field"><label for="why">Why</label>
<input id="why" name="why" required maxlength="1000" autocomplete="off" aria-describedby="why-hint" value="${why}">
<span id="why-hint" class="hint">Kept in the record with your name and the time. No personal data.</span></p>`;
}
