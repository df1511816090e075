import { type Html, html, nothing } from '@waybill/service-kit/html';
import type { Overview } from '../overview/read-overview.ts';
import type { QueueView, QueueViews } from '../overview/read-queues.ts';
import { hourChart } from './components/hour-chart.ts';
import { none } from './components/none.ts';
import { notice } from './components/notice.ts';
import { table } from './components/table.ts';
import { span } from './components/time-text.ts';

/** How everything stands, and where to look first. */
export function overviewPage(overview: Overview): Html {
  const { queues, isCloudTasksAway, overdue, failing, dead, readAtMs, chart } = overview;
  const halted = isCloudTasksAway ? [] : queues.filter(({ settings }) => settings?.state !== 'running');
  const waiting = queues.reduce((sum, queue) => sum + queue.waiting, 0);
  const dueNow = queues.reduce((sum, queue) => sum + queue.dueNow, 0);
  const running = queues.reduce((sum, queue) => sum + queue.running, 0);
  return html`${isCloudTasksAway ? cloudTasksAway : nothing}<ul class="figures">
${figure('overdue', overdue, '/tasks?overdue=1', overdue > 0)}
${figure('failing', failing, '/tasks?failing=1', failing > 0)}
${figure(dead === 1 ? 'dead letter' : 'dead letters', dead, '/dead-letters', dead > 0)}
${isCloudTasksAway ? nothing : figure(halted.length === 1 ? 'queue halted' : 'queues halted', halted.length, '/queues', halted.length > 0)}
${figure('due now', dueNow, '/queues', false)}
${figure('waiting', waiting, '/tasks?state=pending', false)}
${figure('running', running, '/tasks?state=running', false)}
</ul>
<section aria-labelledby="queues"><h2 id="queues">Queues</h2>
${queueTable(overview, readAtMs)}
</section>
<section aria-labelledby="hour"><h2 id="hour">The last hour</h2>
${hourChart(chart)}
</section>`;
}

function figure(name: string, count: number, href: string, alarming: boolean): Html {
  return html`<li class="${alarming ? 'figure alarming' : 'figure'}"><a href="${href}"><strong>${count}</strong> <span>${name}</span></a></li>`;
}

/** The queues, each with its state and load. */
export function queueTable(
  { queues, isCloudTasksAway }: QueueViews,
  nowMs: number,
  actionsOf?: (queue: QueueView) => Html,
): Html {
  return table({
    caption: 'Queues in Cloud Tasks, and what the ledger says of them',
    empty: 'There is no queue.',
    columns: [
      { heading: 'Queue' },
      { heading: 'State' },
      { heading: 'Due now', numeric: true },
      { heading: 'Waiting', numeric: true },
      { heading: 'Running', numeric: true },
      { heading: 'Oldest overdue' },
      { heading: 'Rate' },
      { heading: 'Dead letters', numeric: true },
      ...(actionsOf === undefined ? [] : [{ heading: 'Do' }]),
    ],
    rows: queues.map((queue) => [
      html`<a href="${`/tasks?queue=${encodeURIComponent(queue.name)}`}">${queue.name}</a>`,
      isCloudTasksAway ? html`unknown` : queueState(queue),
      html`${queue.dueNow}`,
      html`${queue.waiting}`,
      html`${queue.running}`,
      queue.oldestOverdueAtMs === null
        ? none
        : html`<span class="badge overdue"><span aria-hidden="true">!</span> ${span(nowMs - queue.oldestOverdueAtMs)}</span>`,
      queue.settings === null
        ? none
        : html`${queue.settings.maxDispatchesPerSecond}/s, ${queue.settings.maxConcurrentDispatches} at once`,
      html`${queue.dead}${queue.deadLastHour === 0 ? nothing : html` <span class="lately">${queue.deadLastHour} in the last hour</span>`}`,
      ...(actionsOf === undefined ? [] : [actionsOf(queue)]),
    ]),
  });
}

/** What a page says where Cloud Tasks does not answer. */
export const cloudTasksAway: Html = notice(
  'problem',
  html`<p>Cloud Tasks does not answer, so the queues’ states and rates are unknown. All else is from Firestore: what is enqueued is kept there, and sent by the sweep once Cloud Tasks is back.</p><p><code>CLOUD_TASKS_UNAVAILABLE</code></p>`,
);

function queueState({ settings }: QueueView): Html {
  if (settings === null)
    return html`<span class="badge dead"><span aria-hidden="true">✕</span> missing</span>`;
  const running = settings.state === 'running';
  return html`<span class="badge ${running ? 'succeeded' : 'overdue'}"><span aria-hidden="true">${running ? '▶' : '‖'}</span> ${settings.state}</span>`;
}
