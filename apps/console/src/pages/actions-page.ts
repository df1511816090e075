import { type Html, html } from '@waybill/service-kit/html';
import type { ActionPage } from '../actions/audit-log.ts';
import { none } from './components/none.ts';
import { pager } from './components/pager.ts';
import { table } from './components/table.ts';
import { taskLink } from './components/task-links.ts';
import { timeText } from './components/time-text.ts';
/** The page of operators' actions. */
export function actionsPage({ actions, next, readAtMs }: ActionPage, isFirst: boolean): Html {
  const list = table({
    caption: 'What operators did, the newest first',
    empty: 'Nobody has done anything yet.',
    columns: [
      { heading: 'Action' },
      { heading: 'To' },
      { heading: 'Who' },
      { heading: 'Why' },
      { heading: 'Outcome' },
      { heading: 'When' },
    ],
    rows: actions.map(({ action, target, by, why, outcome, atMs }) => [
      html`${action}`,
      target.startsWith('tasks/')
        ? html`<span title="${target}">task ${taskLink(target.slice('tasks/'.length))}</span>`
        : html`${target}`,
      html`${by}`,
      why === '' ? none : html`${why}`,
      html`${outcome}`,
      timeText(atMs, readAtMs),
    ]),
  });
  const nextHref = next === undefined ? undefined : `/actions?${new URLSearchParams({ cursor: next })}`;
  return html`${list}${pager(nextHref, isFirst, '/actions')}`;
}
