import { type Html, html } from '@waybill/service-kit/html';
import type { TaskState } from '@waybill/task-runtime';

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
  return html`<span class="badge ${state}"><span aria-hidden="true">${STATE_SIGNS[state] ?? '?'}</span> ${state}</span>`;
}

/** Whether something should have happened to a task by now. */
export function isOverdue({ dueAtMs }: { dueAtMs: number | null }, nowMs: number): boolean {
  return dueAtMs !== null && dueAtMs < nowMs;
}
