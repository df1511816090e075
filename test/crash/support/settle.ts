import { setTimeout as delay } from 'node:timers/promises';
import { whenIdle } from '../../src/support/shop.ts';
import type { CampaignStack } from './campaign-stack.ts';
import { isOpen, type RecordedTask, readTasks } from './final-state.ts';

/** Longer than a lease and the minute after it, until the sweep takes a record for overdue. */
const ROUND_MS = 130_000;
/** All rounds together must stay well below the 24 hours after which tasks are given up. */
const MOST_ROUNDS = 60;

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
    await whenQuiet(campaign);
    const nowMs = Date.now() + stack.clockOffsetMs;
    const open = (await readTasks(campaign)).filter(
      (task) => isOpen(task) && (task.notBeforeMs ?? 0) <= nowMs + ROUND_MS,
    );
    if (open.length === 0 || options.isOver?.(open)) return open;
    if (round === MOST_ROUNDS) return open;
    options.onRound?.(open.length);
    await stack.advance(ROUND_MS);
    // What the jump made due: App Engine's cron runs by itself, and this sweep makes sure that one came after the jump.
    await stack.appEngine.runCron('/cron/sweep').catch(() => {});
  }
}

/** With many tasks that are tried again each second there may be no moment without one. */
const QUIET_TIMEOUT_MS = 5_000;

/** Resolves once Cloud Tasks has nothing to do at the moment, or after some seconds. */
export async function whenQuiet({ stack }: CampaignStack): Promise<void> {
  const idle = whenIdle(stack);
  idle.catch(() => {});
  const giveUp = new AbortController();
  await Promise.race([idle, delay(QUIET_TIMEOUT_MS, undefined, { signal: giveUp.signal }).catch(() => {})]);
  giveUp.abort();
}
