import { type Html, html, nothing } from '@waybill/service-kit/html';
import type { TaskPage } from '@waybill/task-runtime/operator';
import type { BatchOutcome, DeadLetterAction, LetterOutcome } from '../actions/operator-actions.ts';
import { choice, tokenField, whyField } from './components/form-fields.ts';
import { notice } from './components/notice.ts';
import { pager } from './components/pager.ts';
import { taskLink } from './components/task-links.ts';
import { taskTable } from './components/task-table.ts';
import type { Frame } from './layout.ts';
import type { FilterChoices } from './tasks-page.ts';

/** The dead letters, to choose from. */
export function deadLettersPage(view: {
  contract: string | undefined;
  choices: FilterChoices;
  page: TaskPage;
  isFirst: boolean;
  canAct: boolean;
}): Html {
  const { contract, choices, page, isFirst, canAct } = view;
  const list = taskTable(page.tasks, {
    caption: 'Dead letters, the newest first',
    nowMs: page.readAtMs,
    empty:
      contract === undefined && isFirst
        ? 'There is no dead letter. All is well.'
        : `There is no ${isFirst ? '' : 'further '}dead letter${contract === undefined ? '' : ` of ${contract}`}.`,
    selectable: canAct,
  });
  const query = new URLSearchParams(contract === undefined ? {} : { contract });
  const href = (cursor?: string): string => {
    const all = new URLSearchParams(query);
    if (cursor !== undefined) all.set('cursor', cursor);
    return `/dead-letters${all.size === 0 ? '' : `?${all}`}`;
  };
  return html`<form class="filters" method="get" action="/dead-letters">
${choice({ name: 'contract', label: 'Contract', values: choices.contracts, chosen: contract, any: 'Any' })}
<button>Show</button>
</form>
${
  !canAct || page.tasks.length === 0
    ? list
    : html`<form method="get" action="/dead-letters/replay" data-selection>
${list}
<p class="buttons"><button class="primary">Replay the chosen…</button>
<button formaction="/dead-letters/discard">Discard the chosen…</button></p>
</form>
<form method="get" action="/dead-letters/replay" class="buttons">
<input type="hidden" name="all" value="1">${contract === undefined ? nothing : html`<input type="hidden" name="contract" value="${contract}">`}
<button>Replay all${contract === undefined ? nothing : html` of ${contract}`}…</button>
<button formaction="/dead-letters/discard">Discard all${contract === undefined ? nothing : html` of ${contract}`}…</button>
</form>`
}
${pager(page.next === undefined ? undefined : href(page.next), isFirst, href())}`;
}

const VERBS = { replay: 'Replay', discard: 'Discard' } as const;

/** Asks whether chosen dead letters, or all of them, are really to be replayed or discarded. */
export function confirmLettersPage(
  frame: Frame,
  view: {
    action: DeadLetterAction;
    taskIds: readonly string[];
    all?: { count: number; contract: string | undefined; untilMs: number };
    problem?: string;
  },
): Html {
  const { action, taskIds, all, problem } = view;
  const count = all?.count ?? taskIds.length;
  return html`${problem === undefined ? nothing : notice('problem', problem)}
<form method="post" action="${`/dead-letters/${action}`}" class="panel">
${tokenField(frame)}
${
  all === undefined
    ? taskIds.map((taskId) => html`<input type="hidden" name="id" value="${taskId}">`)
    : html`<input type="hidden" name="all" value="1"><input type="hidden" name="until" value="${all.untilMs}"><input type="hidden" name="total" value="${all.count}">${all.contract === undefined ? nothing : html`<input type="hidden" name="contract" value="${all.contract}">`}`
}
<p>${VERBS[action]} ${count} ${count === 1 ? 'dead letter' : 'dead letters'}${all?.contract === undefined ? nothing : html` of ${all.contract}`}?
${action === 'replay' ? 'Each gets all its attempts again, with its payload as it is; steps that were done are not done again. One that made a call of unknown outcome is left out: on its own page you say what came of it.' : 'They are given up for good, and can’t be replayed any more.'}</p>
${all === undefined ? html`<ul class="ids">${taskIds.map((taskId) => html`<li>${taskLink(taskId)}</li>`)}</ul>` : nothing}
${whyField()}
<p class="buttons"><button class="${action === 'replay' ? 'primary' : 'danger'}">${VERBS[action]} ${count}</button> <a href="/dead-letters">Cancel</a></p>
</form>`;
}

/** What came of the chosen dead letters, or of one batch of all of them, with the way to the next. */
export function lettersDonePage(
  frame: Frame,
  view: {
    action: DeadLetterAction;
    outcomes: readonly LetterOutcome[];
    batch?: {
      total: number;
      done: number;
      failed: number;
      next: BatchOutcome['next'];
      contract: string | undefined;
      untilMs: number;
      why: string;
    };
  },
): Html {
  const { action, outcomes, batch } = view;
  const problems = outcomes.filter(({ problem }) => problem !== undefined);
  const verb = action === 'replay' ? 'replayed' : 'discarded';
  const done = (batch?.done ?? outcomes.length) - (batch?.failed ?? problems.length);
  const summary = html`<strong>${done}</strong> ${verb}${(batch?.failed ?? problems.length) > 0 ? html`, <strong>${batch?.failed ?? problems.length}</strong> not` : nothing}.`;
  const total = Math.max(batch?.total ?? 0, batch?.done ?? 0);
  return html`${notice(problems.length > 0 ? 'problem' : 'done', summary)}
${
  batch === undefined
    ? nothing
    : html`<p><label for="progress">${batch.done} of ${total}</label> <progress id="progress" max="${Math.max(1, total)}" value="${batch.done}"></progress></p>`
}
${
  problems.length === 0
    ? nothing
    : html`<section aria-labelledby="not-done"><h2 id="not-done">Not ${verb}</h2><ul>${problems.map(
        ({ taskId, problem }) =>
          html`<li>${taskLink(taskId)}: <code>${problem?.code ?? ''}</code> ${problem?.message ?? ''}</li>`,
      )}</ul></section>`
}
${
  batch?.next === undefined
    ? html`<p><a href="/dead-letters">Back to the dead letters</a></p>`
    : html`<form method="post" action="${`/dead-letters/${action}`}" data-continue>
${tokenField(frame)}
<input type="hidden" name="all" value="1"><input type="hidden" name="until" value="${batch.untilMs}">
<input type="hidden" name="total" value="${batch.total}"><input type="hidden" name="done" value="${batch.done}">
<input type="hidden" name="failed" value="${batch.failed}"><input type="hidden" name="cursor" value="${batch.next}">
<input type="hidden" name="why" value="${batch.why}">${batch.contract === undefined ? nothing : html`<input type="hidden" name="contract" value="${batch.contract}">`}
<p class="buttons"><button class="primary">Go on</button> <a href="/dead-letters">Stop here</a></p>
</form>`
}`;
}
