import type { OverviewSources } from './overview-sources.ts';
import { type QueueViews, readQueues } from './read-queues.ts';

/** Five minutes of the last hour. */
export interface ChartBar {
  readonly fromMs: number;
  readonly enqueued: number;
  readonly died: number;
}

/** How everything stands. */
export interface Overview extends QueueViews {
  readonly readAtMs: number;
  readonly overdue: number;
  /** Pending after an error. */
  readonly failing: number;
  readonly dead: number;
  readonly chart: readonly ChartBar[];
}

const BARS = 12;
const BAR_MS = 5 * 60_000;
const HOUR_MS = BARS * BAR_MS;

/** Reads how everything stands: 5 reads for a queue, 2 for a contract, 28 more; a thousand counted tasks are one read. */
export async function readOverview(sources: OverviewSources): Promise<Overview> {
  const { search } = sources;
  const readAtMs = await search.now();
  const firstMs = Math.floor(readAtMs / BAR_MS) * BAR_MS - HOUR_MS + BAR_MS;
  const chart = Promise.all(
    Array.from({ length: BARS }, async (_, index): Promise<ChartBar> => {
      const fromMs = firstMs + index * BAR_MS;
      const time = { sinceMs: fromMs, untilMs: fromMs + BAR_MS };
      const [enqueued, died] = await Promise.all([search.countEnqueued(time), search.countDead(time)]);
      return { fromMs, enqueued, died };
    }),
  );
  const [views, overdue, failing, dead, bars] = await Promise.all([
    readQueues(sources, readAtMs),
    search.countOverdue(readAtMs),
    search.countFailing(),
    search.countDead(),
    chart,
  ]);
  return { readAtMs, ...views, overdue, failing, dead, chart: bars };
}
