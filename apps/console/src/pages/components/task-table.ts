import { type Html, html, nothing } from '@waybill/service-kit/html';
import type { ListedTask } from '@waybill/task-runtime/operator';
import { none } from './none.ts';
import { isOverdue, stateBadge } from './state-badge.ts';
import { table } from './table.ts';
import { shortId, subjectLink, taskLink } from './task-links.ts';
import { timeText } from './time-text.ts';

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
      { heading: 'Queue, service' },
      { heading: 'Attempts', numeric: true },
      { heading: 'When' },
      { heading: 'Last error' },
    ],
    rows: tasks.map((task) => [
      html`<div class="task">${selectable ? html`<input type="checkbox" name="id" value="${task.taskId}" aria-label="${`Choose ${task.contract} ${shortId(task.taskId)}`}">` : nothing}<div><span class="contract">${task.contract} <span class="quiet">v${task.version}</span></span> ${taskLink(task.taskId)}</div></div>`,
      html`${stateBadge(task.state)}${task.outcome === undefined ? nothing : html` <span class="outcome">${task.outcome}</span>`}${isOverdue(task, nowMs) ? html` ${stateBadge('overdue')}` : nothing}`,
      subjectLink(task.subject),
      html`<span class="queue">${task.queue}</span><br>${task.route.service}`,
      html`${task.attempts}`,
      whenText(task, nowMs),
      task.error === null
        ? none
        : html`<code>${task.error.code}</code> <span class="message">${task.error.message}</span>`,
    ]),
  });
}

function whenText(task: ListedTask, nowMs: number): Html {
  if (task.state === 'dead')
    return html`<span class="when"><span class="quiet">died</span> ${timeText(task.failedAtMs, nowMs)}</span>`;
  if (task.state === 'pending' && task.notBeforeMs !== null && task.notBeforeMs > nowMs) {
    return html`<span class="when"><span class="quiet">due</span> ${timeText(task.notBeforeMs, nowMs)}</span>`;
  }
  return html`<span class="when"><span class="quiet">enqueued</span> ${timeText(task.createdAtMs, nowMs)}</span>`;
}
