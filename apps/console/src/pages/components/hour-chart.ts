import { type Html, html, nothing } from '@waybill/service-kit/html';
import type { ChartBar } from '../../overview/read-overview.ts';
import { table } from './table.ts';
import { moment } from './time-text.ts';

/** The drawing is stretched to its place; only what is tall is told by these. */
const HEIGHT = 100;
const BAR_WIDTH = 40;
const GAP = 20;

/** The last hour's tasks, by five minutes: as bars, and as numbers for who can't see them. */
export function hourChart(bars: readonly ChartBar[]): Html {
  const maxCount = Math.max(1, ...bars.map(({ enqueued, died }) => Math.max(enqueued, died)));
  const column = BAR_WIDTH + GAP;
  const bar = (kind: 'enqueued' | 'died', x: number, count: number): Html => {
    if (count === 0) return nothing;
    const height = Math.max(2, (count / maxCount) * HEIGHT);
    return html`<rect class="${kind}" x="${x}" y="${(HEIGHT - height).toFixed(1)}" width="${BAR_WIDTH / 2 - 1}" height="${height.toFixed(1)}"/>`;
  };
  const total = (kind: 'enqueued' | 'died'): number => bars.reduce((sum, each) => sum + each[kind], 0);
  const totals = { enqueued: total('enqueued'), died: total('died') };
  return html`<figure class="chart">
<figcaption><span class="key enqueued">${totals.enqueued} enqueued</span> <span class="key died">${totals.died} died</span> <span class="quiet">tallest bar: ${maxCount}</span></figcaption>
<svg viewBox="${`0 0 ${bars.length * column} ${HEIGHT}`}" preserveAspectRatio="none" role="img" aria-labelledby="chart-title">
<title id="chart-title">Tasks in five minutes each: ${totals.enqueued} enqueued, ${totals.died} died in the last hour</title>
${bars.map(({ enqueued, died }, index) => {
  const x = index * column + GAP / 2;
  return html`${bar('enqueued', x, enqueued)}${bar('died', x + BAR_WIDTH / 2 + 1, died)}`;
})}
</svg>
<div class="hours" aria-hidden="true">${bars.map(({ fromMs }) => html`<span>${clock(fromMs)}</span>`)}</div>
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
