import { type Html, html, nothing } from '../html.ts';
import type { ChartBar, Overview, QueueView } from '../overview.ts';
import { table } from './parts.ts';
import { moment, span } from './time.ts';

/** How everything stands, and where to look first. */
export function overviewPage(overview: Overview): Html {
  const { queues, overdue, dead, readAtMs, chart } = overview;
  const halted = queues.filter(({ settings }) => settings?.state !== 'running');
  const waiting = queues.reduce((sum, queue) => sum + queue.waiting, 0);
  const running = queues.reduce((sum, queue) => sum + queue.running, 0);
  return html`<ul class="figures">
${figure('overdue', overdue, '/tasks?overdue=1', overdue > 0)}
${figure(dead === 1 ? 'dead letter' : 'dead letters', dead, '/dead-letters', dead > 0)}
${figure(halted.length === 1 ? 'queue halted' : 'queues halted', halted.length, '/queues', halted.length > 0)}
${figure('waiting', waiting, '/tasks?state=pending', false)}
${figure('running', running, '/tasks?state=running', false)}
</ul>
<section aria-labelledby="queues"><h2 id="queues">Queues</h2>
${queueTable(queues, readAtMs)}
</section>
<section aria-labelledby="hour"><h2 id="hour">The last hour</h2>
${chartOf(chart)}
</section>`;
}

function figure(name: string, count: number, href: string, alarming: boolean): Html {
  return html`<li class="${alarming ? 'figure alarming' : 'figure'}"><a href="${href}"><strong>${count}</strong> <span>${name}</span></a></li>`;
}

/** The queues, each with its state and load. */
export function queueTable(
  queues: readonly QueueView[],
  nowMs: number,
  actionsOf?: (queue: QueueView) => Html,
): Html {
  return table({
    caption: 'Queues in Cloud Tasks, and what the ledger says of them',
    empty: 'There is no queue.',
    columns: [
      { heading: 'Queue' },
      { heading: 'State' },
      { heading: 'Waiting', numeric: true },
      { heading: 'Running', numeric: true },
      { heading: 'Oldest overdue' },
      { heading: 'Rate' },
      { heading: 'Dead (last hour)', numeric: true },
      ...(actionsOf === undefined ? [] : [{ heading: 'Do' }]),
    ],
    rows: queues.map((queue) => [
      html`<a href="${`/tasks?queue=${encodeURIComponent(queue.name)}`}">${queue.name}</a>`,
      queueState(queue),
      html`${queue.waiting}`,
      html`${queue.running}`,
      queue.oldestOverdueAtMs === null
        ? html`<span class="quiet">none</span>`
        : html`<span class="badge overdue"><span aria-hidden="true">!</span> ${span(nowMs - queue.oldestOverdueAtMs)}</span>`,
      queue.settings === null
        ? html`<span class="quiet">–</span>`
        : html`${queue.settings.maxDispatchesPerSecond}/s, ${queue.settings.maxConcurrentDispatches} at once`,
      html`${queue.dead} (${queue.deadLastHour})`,
      ...(actionsOf === undefined ? [] : [actionsOf(queue)]),
    ]),
  });
}

function queueState({ settings }: QueueView): Html {
  if (settings === null)
    return html`<span class="badge dead"><span aria-hidden="true">✕</span> missing</span>`;
  const running = settings.state === 'running';
  return html`<span class="badge ${running ? 'succeeded' : 'overdue'}"><span aria-hidden="true">${running ? '▶' : '⏸'}</span> ${settings.state}</span>`;
}

const HEIGHT = 120;
const BAR_WIDTH = 40;
const GAP = 10;

function chartOf(bars: readonly ChartBar[]): Html {
  const most = Math.max(1, ...bars.map(({ enqueued, died }) => Math.max(enqueued, died)));
  const heightOf = (count: number): number => (count === 0 ? 0 : Math.max(2, (count / most) * HEIGHT));
  const width = bars.length * (BAR_WIDTH + GAP) - GAP;
  const bar = (kind: string, x: number, count: number): Html => {
    const height = heightOf(count);
    return count === 0
      ? nothing
      : html`<rect class="${kind}" x="${x}" y="${(HEIGHT - height).toFixed(1)}" width="${BAR_WIDTH / 2 - 1}" height="${height.toFixed(1)}"/>`;
  };
  const totals = {
    enqueued: bars.reduce((sum, { enqueued }) => sum + enqueued, 0),
    died: bars.reduce((sum, { died }) => sum + died, 0),
  };
  return html`<figure class="chart">
<svg viewBox="${`0 0 ${width} ${HEIGHT + 20}`}" role="img" aria-labelledby="chart-title">
<title id="chart-title">Tasks in five minutes each: ${totals.enqueued} enqueued, ${totals.died} died in the last hour</title>
${bars.map(({ fromMs, enqueued, died }, index) => {
  const x = index * (BAR_WIDTH + GAP);
  return html`<g>${bar('enqueued', x, enqueued)}${bar('died', x + BAR_WIDTH / 2 + 1, died)}<text x="${x + BAR_WIDTH / 2}" y="${HEIGHT + 15}">${clock(fromMs)}</text></g>`;
})}
<line x1="0" x2="${width}" y1="${HEIGHT}" y2="${HEIGHT}"/>
</svg>
<figcaption><span class="key enqueued">${totals.enqueued} enqueued</span> <span class="key died">${totals.died} died</span> <span class="quiet">tallest bar: ${most}</span></figcaption>
<details><summary>As numbers</summary>
${table({
  caption: 'Tasks in five minutes each',
  empty: '',
  columns: [{ heading: 'From' }, { heading: 'Enqueued', numeric: true }, { heading: 'Died', numeric: true }],
  rows: bars.map(({ fromMs, enqueued, died }) => [html`${clock(fromMs)}`, html`${enqueued}`, html`${died}`]),
})}
</details>
</figure>`;
}

function clock(atMs: number): string {
  return moment(atMs).slice(11, 16);
}
