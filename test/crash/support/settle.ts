import { setTimeout as delay } from 'node:timers/promises';
import { whenIdle } from '../../src/support/shop.ts';
import type { CampaignStack } from './campaign-stack.ts';
import { type RecordedTask, readOpenTasks } from './final-state.ts';

/** Longer than a lease and the minute after it, until the sweep takes a record for overdue. */
const ROUND_MS = 130_000;
/** So many due tasks are soon done. */
const SMALL_BACKLOG = 200;
/** All rounds together must stay well below the 24 hours after which tasks are given up. */
const MAX_ROUNDS = 60;

/**
 * Moves the clock past leases, backoffs and sweeps until no task is open, but for those whose time has not come.
 * @returns the tasks that are still open after many rounds; none, if all is well
 */
export async function settle(
  campaign: CampaignStack,
  options: { onRound?: (open: number) => void; isOver?: (tasks: readonly RecordedTask[]) => boolean } = {},
): Promise<RecordedTask[]> {
  const { stack } = campaign;
  for (let round = 0; ; round += 1) {
    await whenBacklogIsSmall(campaign);
    await whenQuiet(campaign);
    const open = await readDueTasks(campaign, ROUND_MS);
    if (open.length === 0 || options.isOver?.(open)) return open;
    if (round === MAX_ROUNDS) return open;
    options.onRound?.(open.length);
    await stack.advance(ROUND_MS);
    // What the jump made due: App Engine's cron runs by itself, and this sweep makes sure that one came after the jump.
    await stack.appEngine.runCron('/cron/sweep').catch(() => {});
  }
}

/**
 * Resolves once few tasks are left that are due, or once those that are left wait for the clock. To move it earlier
 * would make the sweep ask Cloud Tasks about each task of a backlog that only takes its time.
 */
export async function whenBacklogIsSmall(campaign: CampaignStack): Promise<void> {
  let fewest = Number.POSITIVE_INFINITY;
  for (let looksInVain = 0; looksInVain < 3; looksInVain += 1) {
    const due = (await readDueTasks(campaign, 0)).length;
    if (due <= SMALL_BACKLOG) return;
    if (due < fewest) looksInVain = 0;
    fewest = Math.min(fewest, due);
    await whenQuiet(campaign);
  }
}

async function readDueTasks(campaign: CampaignStack, withinMs: number): Promise<RecordedTask[]> {
  const untilMs = Date.now() + campaign.stack.clockOffsetMs + withinMs;
  return (await readOpenTasks(campaign)).filter(({ notBeforeMs = 0 }) => notBeforeMs <= untilMs);
}

/** With many tasks that are tried again each second there may be no moment without one. */
const QUIET_TIMEOUT_MS = 5_000;

/** Resolves once Cloud Tasks has nothing to do at the moment, or after some seconds; so too where it is away. */
async function whenQuiet({ stack }: CampaignStack): Promise<void> {
  const over = new AbortController();
  const waited = delay(QUIET_TIMEOUT_MS, undefined, { signal: over.signal }).catch(() => {});
  await Promise.race([whenIdle(stack).catch(() => waited), waited]);
  over.abort();
}
