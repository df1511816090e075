import { type Html, html, nothing } from '@waybill/service-kit/html';
import type { TaskFilter, TaskPage } from '@waybill/task-runtime/operator';
import { choice } from './components/form-fields.ts';
import { notice } from './components/notice.ts';
import { pager } from './components/pager.ts';
import { taskTable } from './components/task-table.ts';
/** The choices of the filters. */
export interface FilterChoices {
  readonly states: readonly string[];
  readonly contracts: readonly string[];
  readonly queues: readonly string[];
  readonly services: readonly string[];
  readonly outcomes: readonly string[];
}

/** A filter as the query of its page's address. */
function filterQuery(filter: TaskFilter, cursor?: string): string {
  const query = new URLSearchParams();
  const { state, contract, queue, service, subject, outcome, overdue, failing } = filter;
  for (const [name, value] of Object.entries({ state, contract, queue, service, subject, outcome })) {
    if (value !== undefined) query.set(name, value);
  }
  if (overdue === true) query.set('overdue', '1');
  if (failing === true) query.set('failing', '1');
  if (cursor !== undefined) query.set('cursor', cursor);
  return query.size === 0 ? '' : `?${query}`;
}

/** The list of tasks with its filters; `problem` instead of the list where there is none such. */
export function tasksPage(view: {
  filter: TaskFilter;
  choices: FilterChoices;
  page: TaskPage | undefined;
  problem?: string;
  isFirst: boolean;
  canAct: boolean;
  /** Whether what the list is about has just been erased. */
  isErased: boolean;
}): Html {
  const { filter, choices, page, problem, isFirst, canAct, isErased } = view;
  return html`${isErased ? notice('done', 'Erased: what was personal is gone.') : nothing}
<form class="filters" method="get" action="/tasks">${filter.subject === undefined ? nothing : html`<input type="hidden" name="subject" value="${filter.subject}">`}
${choice({ name: 'state', label: 'State', values: choices.states, chosen: filter.state, any: 'Any' })}
${choice({ name: 'contract', label: 'Contract', values: choices.contracts, chosen: filter.contract, any: 'Any' })}
${choice({ name: 'queue', label: 'Queue', values: choices.queues, chosen: filter.queue, any: 'Any' })}
${choice({ name: 'service', label: 'Service', values: choices.services, chosen: filter.service, any: 'Any' })}
${choice({ name: 'outcome', label: 'Outcome', values: choices.outcomes, chosen: filter.outcome, any: 'Any' })}
<p class="field check"><input type="checkbox" id="overdue" name="overdue" value="1"${filter.overdue === true ? html` checked` : nothing}> <label for="overdue">Overdue only</label></p>
<p class="field check"><input type="checkbox" id="failing" name="failing" value="1"${filter.failing === true ? html` checked` : nothing}> <label for="failing">Failing only</label></p>
<button>Show</button>
</form>
${
  filter.subject === undefined
    ? nothing
    : html`<p>About <code>${filter.subject}</code>. <a href="/tasks">Show all tasks</a>${canAct ? html` <a class="button" href="${`/erase?${new URLSearchParams({ subject: filter.subject })}`}">Erase…</a>` : nothing}</p>`
}
${problem === undefined ? nothing : notice('problem', problem)}
${
  page === undefined
    ? nothing
    : html`${taskTable(page.tasks, { caption: orderText(filter), nowMs: page.readAtMs, empty: 'There is no such task.' })}
${pager(page.next === undefined ? undefined : `/tasks${filterQuery(filter, page.next)}`, isFirst, `/tasks${filterQuery(filter)}`)}`
}`;
}

function orderText(filter: TaskFilter): string {
  if (filter.subject !== undefined) return 'Tasks, the oldest first';
  if (filter.overdue === true)
    return 'Tasks for which something should have happened by now, the longest overdue first';
  if (filter.failing === true) return 'Tasks that wait after an error, the latest error first';
  if (filter.outcome !== undefined) return `Tasks that ended as "${filter.outcome}", the newest first`;
  if (filter.queue !== undefined || filter.service !== undefined) return 'Open tasks, what is due first';
  if (filter.state === 'dead') return 'Dead letters, the newest first';
  return 'Tasks, the newest first';
}
