import { type Html, html } from '@waybill/service-kit/html';
import { none } from './none.ts';

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
