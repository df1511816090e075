import type { Firestore } from '@google-cloud/firestore';
import type { Catalogue } from '@waybill/contract-kit';
import type { MovableClock } from '@waybill/emulator-kit';
import { fromTaskDocument, taskCollection } from '@waybill/task-runtime/internal';
import type { RecordedTask } from './describe-task.ts';

/** Longer than a lease and the minute after it, until the sweep takes a record for overdue. */
const ROUND_MS = 130_000;
/** For deaths, delays and follow-ups, beside the attempts of one task. */
const SPARE_ROUNDS = 30;
const DAY_MS = 24 * 3_600_000;

/**
 * Waits until every task is over, except those that are delayed for longer than a day: moves the clock past leases,
 * backoffs and delays, and sweeps.
 * @throws {Error} naming the tasks that are still open once the clock was moved more often than they have attempts
 */
export async function settleTasks(options: {
  firestore: Firestore;
  catalogue: Catalogue;
  clock: MovableClock;
  whenIdle: () => Promise<void>;
  sweep: () => Promise<unknown>;
  describe: (task: RecordedTask) => string;
}): Promise<void> {
  const { firestore, catalogue, clock, whenIdle } = options;
  // A task that fails each time has one attempt in each round.
  const attempts = catalogue.contracts.map(({ limits }) => limits.maxAttempts);
  const maxRounds = SPARE_ROUNDS + Math.max(0, ...attempts);
  for (let round = 0; ; round += 1) {
    await whenIdle();
    const open = await openTasks(firestore, clock.nowMs());
    if (open.length === 0) return;
    if (round === maxRounds) {
      const named = open.map(options.describe).join(', ');
      throw new Error(`After the clock was moved ${round} times these tasks are still open: ${named}`);
    }
    // Where all open tasks wait for their time, there is nothing to be seen before.
    const earliestMs = Math.min(...open.map(({ record: { notBeforeMs } }) => notBeforeMs ?? 0));
    clock.setOffset(clock.offsetMs + Math.max(ROUND_MS, Math.ceil(earliestMs - clock.nowMs())));
    await whenIdle();
    await options.sweep();
  }
}

/** Tasks that are neither over nor delayed for more than a day. */
async function openTasks(firestore: Firestore, nowMs: number): Promise<RecordedTask[]> {
  // No index lists tasks by their state alone.
  const all = await taskCollection(firestore).get();
  return all.docs.flatMap((snapshot) => {
    if (!['pending', 'running'].includes(snapshot.get('state'))) return [];
    const record = fromTaskDocument(snapshot);
    if (record === undefined || (record.notBeforeMs ?? 0) > nowMs + DAY_MS) return [];
    return [{ taskId: snapshot.id, record }];
  });
}
