import type { ActionPage } from '../action-trail.ts';
import { type Html, html, none, nothing } from '../html.ts';
import type { ContractView, ContractViews, QueueView, QueueViews } from '../overview.ts';
import type { QueueAction } from '../queue-desk.ts';
import { type Frame, tokenField } from './layout.ts';
import { cloudTasksAway, queueTable } from './overview-page.ts';
import { notice, pager, table, taskLink, whyField } from './parts.ts';
import { timeText } from './time.ts';

const ACTION_WORDS: Readonly<Record<QueueAction, { verb: string; effect: string; done: string }>> = {
  pause: {
    verb: 'Pause',
    effect:
      'Nothing of it is delivered any more until it is resumed. What is under way is not stopped, and what is enqueued waits.',
    done: 'is paused',
  },
  resume: { verb: 'Resume', effect: 'What waits in it is delivered, at its rate.', done: 'runs again' },
  purge: {
    verb: 'Purge',
    effect:
      'All that waits in it is deleted, also what is due much later. The sweep makes dead letters of these tasks as they come due; replay what is still wanted. A charge or a reservation that dies of it cancels its order.',
    done: 'is purged',
  },
};

/** The queues, and what can be done to them. */
export function queuesPage(
  frame: Frame,
  view: {
    views: QueueViews;
    nowMs: number;
    done?: { action: QueueAction; queue: string } | undefined;
  },
): Html {
  const { views, nowMs, done } = view;
  const link = (queue: string, action: QueueAction): Html =>
    html`<a class="button" href="${`/queues/${encodeURIComponent(queue)}/${action}`}" aria-label="${`${ACTION_WORDS[action].verb} ${queue}`}">${ACTION_WORDS[action].verb}…</a> `;
  const actionsOf = ({ name, settings }: QueueView): Html =>
    settings === null
      ? nothing
      : html`${link(name, settings.state === 'running' ? 'pause' : 'resume')}${link(name, 'purge')}`;
  return html`${done === undefined ? nothing : notice('done', `Queue ${done.queue} ${ACTION_WORDS[done.action].done}.`)}
${views.isCloudTasksAway ? cloudTasksAway : nothing}${queueTable(views, nowMs, frame.identity.role === 'operator' ? actionsOf : undefined)}`;
}

/** Asks whether something is really to be done to a queue. */
export function confirmQueuePage(
  frame: Frame,
  view: {
    queue: string;
    action: QueueAction;
    problem?: string;
    /** Contracts whose tasks come back after a purge. */
    survivors: readonly string[];
  },
): Html {
  const { queue, action, problem, survivors } = view;
  const { verb, effect } = ACTION_WORDS[action];
  return html`${problem === undefined ? nothing : notice('problem', problem)}
<form method="post" action="${`/queues/${encodeURIComponent(queue)}/${action}`}" class="panel">
${tokenField(frame)}
<p>Queue <strong>${queue}</strong>. ${effect}</p>
${
  action === 'purge' && survivors.length > 0
    ? html`<p>The sweep sends tasks of ${survivors.join(', ')} again, because their loss would keep a customer’s money or stock. To stop one, cancel it on its page.</p>`
    : nothing
}
${
  action === 'purge'
    ? html`<p class="field"><label for="name">The queue’s name, once more</label><input id="name" name="name" required autocomplete="off" spellcheck="false"></p>`
    : nothing
}
${whyField()}
<p class="buttons"><button class="${action === 'purge' ? 'danger' : 'primary'}">${verb} ${queue}</button> <a href="/queues">Back to the queues</a></p>
</form>`;
}

/** The contracts and their versions, with what is in flight; what this console does not know, too. */
export function contractsPage({ contracts, others }: ContractViews): Html {
  const count = (contract: ContractView, state: string, value: number): Html =>
    value === 0
      ? html`0`
      : html`<a href="${`/tasks?contract=${encodeURIComponent(contract.name)}&state=${state}`}">${value}</a>`;
  return table({
    caption: 'Every version that this console knows, and all others together',
    empty: 'There is no contract.',
    columns: [
      { heading: 'Contract' },
      { heading: 'Version', numeric: true },
      { heading: 'Queue' },
      { heading: 'Pending', numeric: true },
      { heading: 'Running', numeric: true },
      { heading: 'Dead', numeric: true },
    ],
    rows: [
      ...contracts.map((contract) => [
        html`<a href="${`/tasks?contract=${encodeURIComponent(contract.name)}`}">${contract.name}</a><span class="about">${contract.description}</span>`,
        html`v${contract.version}${contract.isNewest ? nothing : html` <span class="quiet">older</span>`}`,
        html`${contract.queue}`,
        count(contract, 'pending', contract.pending),
        count(contract, 'running', contract.running),
        count(contract, 'dead', contract.dead),
      ]),
      ...(others.pending + others.running + others.dead === 0 ? [] : [othersRow(others)]),
    ],
  });
}

function othersRow({ pending, running, dead }: ContractViews['others']): Html[] {
  return [
    html`others<span class="about">Contracts and versions that this console does not know: deploy one that does.</span>`,
    none,
    none,
    html`${pending}`,
    html`${running}`,
    html`${dead}`,
  ];
}

/** What operators did. */
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
