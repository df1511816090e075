import type { WorkerLife } from '../bed/replaceable-worker.ts';
import type { TaskTestBed } from '../bed/start-task-test-bed.ts';
import type { CrashPoint } from './mortal-firestore.ts';

/** More transactions than this are no scenario of one task and what follows from it. */
const MAX_TRANSACTIONS = 100;

/** One run of a scenario. */
export interface ScenarioRun {
  /** For ids: `whole` in the run without a crash, then `before-1`, `after-1`, `before-2`… by where the worker dies. */
  readonly id: string;
}

/**
 * Kills the worker, as by `kill -9`, at every point of a scenario: just before each change that it makes to a task's
 * record (claim, each step, finish, failure…) is committed, and just after, before it goes on or answers. Each time another worker
 * takes its place, leases, back-offs and delays of up to a day pass, the sweep runs, and then all must have come out
 * right. What is open when it begins is settled first: only the scenario's own changes are counted.
 * @param scenario enqueues what it is about; what it returns asserts the effects once everything is over
 * @returns the points at which the worker was killed
 * @throws {Error} naming the point, with the assertion's own as its cause
 */
export async function withEachCrash(
  bed: TaskTestBed,
  scenario: (run: ScenarioRun) => Promise<() => Promise<void>>,
): Promise<CrashPoint[]> {
  await bed.whenSettled();
  const whole = bed.replaceWorker();
  await runScenario(bed, scenario, 'whole', () => 'without a crash');
  const { transactions } = whole;
  if (transactions === 0) throw new Error('The scenario changed no task: is what it enqueues due?');
  if (transactions > MAX_TRANSACTIONS) {
    throw new Error(`The scenario took ${transactions} transactions; at most ${MAX_TRANSACTIONS} are tried`);
  }
  const points: CrashPoint[] = [];
  for (let transaction = 1; transaction <= transactions; transaction += 1) {
    for (const when of ['before', 'after'] as const) {
      const point = { transaction, when };
      const mortal = bed.replaceWorker(point);
      await runScenario(
        bed,
        scenario,
        `${when}-${transaction}`,
        () => `with a crash ${describe(point, mortal)}`,
      );
      if (!mortal.hasDied) {
        throw new Error(
          `This run of the scenario changed tasks’ records less often than the first, which did ${transactions} times: ` +
            `nothing was left to be killed ${describe(point, mortal)}. All runs must be alike`,
        );
      }
      points.push(point);
    }
  }
  return points;
}

async function runScenario(
  bed: TaskTestBed,
  scenario: (run: ScenarioRun) => Promise<() => Promise<void>>,
  id: string,
  place: () => string,
): Promise<void> {
  try {
    const check = await scenario({ id });
    await bed.whenSettled();
    await check();
  } catch (cause) {
    throw new Error(
      `Not as it must be ${place()}: ${cause instanceof Error ? cause.message : String(cause)}`,
      {
        cause,
      },
    );
  }
}

function describe({ transaction, when }: CrashPoint, { fatalChange }: WorkerLife): string {
  const change = fatalChange === '' ? '' : ` (${fatalChange})`;
  return `just ${when} the worker’s transaction ${transaction}${change}`;
}
