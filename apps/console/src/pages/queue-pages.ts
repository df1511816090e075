import { type Html, html, nothing } from '@waybill/service-kit/html';
import type { QueueView, QueueViews } from '../overview/read-queues.ts';
import type { QueueAction } from '../queues/queue-service.ts';
import { tokenField, whyField } from './components/form-fields.ts';
import { notice } from './components/notice.ts';
import type { Frame } from './layout.ts';
import { cloudTasksAway, queueTable } from './overview-page.ts';

const ACTION_TEXTS: Readonly<Record<QueueAction, { verb: string; effect: string; done: string }>> = {
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
    html`<a class="button" href="${`/queues/${encodeURIComponent(queue)}/${action}`}" aria-label="${`${ACTION_TEXTS[action].verb} ${queue}`}">${ACTION_TEXTS[action].verb}…</a> `;
  const actionsOf = ({ name, settings }: QueueView): Html =>
    settings === null
      ? nothing
      : html`${link(name, settings.state === 'running' ? 'pause' : 'resume')}${link(name, 'purge')}`;
  return html`${done === undefined ? nothing : notice('done', `Queue ${done.queue} ${ACTION_TEXTS[done.action].done}.`)}
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
  const { verb, effect } = ACTION_TEXTS[action];
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
