// The systematic crash campaign. It records every call to the outside that the order flows make, and runs the flow of each
// once with a crash (kill -9) just before the call is sent, and once with one when its answer is there and nobody has
// seen it yet. See docs/crash-tests.md.
import './support/no-metadata-server.ts';
import { parseArgs } from 'node:util';
import { CONFIRMED, FLOWS, isDeath, runFlow, SHELF } from './flows.ts';
import { A_DAY_LATER, DAY_MS, type RecordedPoint, recordPoints } from './record-points.ts';
import { type CampaignStack, readTaskTarget, startCampaignStack } from './support/campaign-stack.ts';
import type { ArmedPoint } from './support/crash-point-files.ts';
import { readFinalState, readOpenTasks } from './support/final-state.ts';
import { Report } from './support/report.ts';
import { RerunTotals } from './support/rerun-totals.ts';
import { SeededRandom } from './support/seeded-random.ts';
import { settle } from './support/settle.ts';
import { type PlacedOrder, problemsAtEnd } from './support/verdict.ts';
import { wholeNumber } from './support/whole-number.ts';

const HELP = `Usage: node test/crash/systematic.ts [options]

  --only TEXT    only points that contain it, such as "charge-payment Commit"
  --list         only record the points and list them
  --seed NUMBER  gives the order of the crashes, and so what each finds left behind by others; default 1
  --short        only at calls that change something: to the world outside a crash before or after any other call is the
                 same as one after the last that did, or before the next that does
  --reruns N     share of the transactions that Firestore aborts once, so that they run twice, in percent; default 0. With
                 100 each has a second Commit to crash at; with less, not every run has the same calls
  --task-target T app-engine, or http: tasks come over HTTP with ID tokens, as on Cloud Run; default app-engine
`;

/** After so many crashes the clock is moved, so that what they left behind goes on. */
const CRASHES_PER_ROUND = 12;
/** A point that did not come in so many runs is not there. */
const MAX_RUNS = 3;
const CRASH_TIMEOUT_MS = 60_000;

interface PlannedCrash extends RecordedPoint {
  readonly when: ArmedPoint['when'];
}

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    list: { type: 'boolean', default: false },
    seed: { type: 'string', default: '1' },
    short: { type: 'boolean', default: false },
    reruns: { type: 'string', default: '0' },
    'task-target': { type: 'string', default: 'app-engine' },
    help: { type: 'boolean', default: false },
  },
});
const seed = wholeNumber('--seed', values.seed);
const rerunPercent = wholeNumber('--reruns', values.reruns);
if (values.help) {
  process.stdout.write(HELP);
} else {
  const report = new Report();
  const campaign = await startCampaignStack({
    products: SHELF,
    crashPoints: true,
    ...(rerunPercent > 0 && { firestoreFaults: { seed, rerunShare: rerunPercent / 100 } }),
    taskTarget: readTaskTarget(values['task-target']),
  });
  try {
    process.exitCode = (await run(campaign, report)) ? 0 : 1;
  } finally {
    await campaign.close();
  }
}

async function run(campaign: CampaignStack, report: Report): Promise<boolean> {
  report.heading('Recording');
  const recording = await recordPoints(campaign, FLOWS);
  report.line(
    `${recording.callCount} calls in ${FLOWS.length + 1} flows; ${recording.points.length} of them differ`,
  );
  for (const point of recording.unsteady) report.line(`not in each run: ${point}`);
  const wanted = recording.points.filter((recorded) => nameOf(recorded).includes(values.only));
  if (values.list) {
    for (const recorded of wanted) report.line(nameOf(recorded));
    return true;
  }
  const chosen = values.short ? wanted.filter(({ point }) => changesSomething(point)) : wanted;
  if (values.short) report.line(`${chosen.length} of them change something`);
  const planned = new SeededRandom(seed).shuffled(
    chosen.flatMap((recorded): PlannedCrash[] => [
      { ...recorded, when: 'before' },
      { ...recorded, when: 'after' },
    ]),
  );

  report.heading(`${planned.length} crashes at ${chosen.length} calls`);
  const placed = [...recording.placed];
  const crashOf = new Map<string, string>();
  const missed: PlannedCrash[] = [];
  const tell = (crash: PlannedCrash, orderId: string | undefined): void => {
    const name = `${crash.when} ${nameOf(crash)}`;
    if (orderId === undefined) missed.push(crash);
    else crashOf.set(orderId, name);
    report.line(`${orderId === undefined ? 'NOT REACHED' : 'crashed'}  ${name}`);
  };

  const sameDay = planned.filter(({ flow }) => flow !== A_DAY_LATER);
  for (const [index, crash] of sameDay.entries()) {
    tell(crash, await crashInFlow(campaign, crash, `crash-${index}`, placed));
    if ((index + 1) % CRASHES_PER_ROUND === 0) await settle(campaign);
  }
  await settle(campaign);
  const dayLater = planned.filter(({ flow }) => flow === A_DAY_LATER);
  // With few points to crash at before, few orders were confirmed.
  for (let open = await readOpenTasks(campaign); open.length < dayLater.length; ) {
    const { crashed: _, ...order } = await runFlow(campaign, CONFIRMED, `later-${placed.length}@example.com`);
    placed.push(order);
    await settle(campaign);
    open = await readOpenTasks(campaign);
  }
  await crashADayLater(campaign, dayLater, tell);
  const steady = await recordAgain(campaign, missed, placed);
  const left = await settle(campaign);

  const initialStock = new Map(SHELF.map(({ productId, stock }) => [productId, stock]));
  const state = await readFinalState(campaign);
  const problems = problemsAtEnd(state, placed, initialStock);
  report.heading('End');
  report.line(`${placed.length} orders, ${state.charges.length} charges, ${state.mails.length} mails`);
  const unknown = state.tasks.filter(({ errorCode }) => errorCode === 'OUTCOME_UNKNOWN').length;
  report.line(`${unknown} mails whose outcome is for a person to find out (OUTCOME_UNKNOWN)`);
  const reruns = new RerunTotals(campaign.stack.ports.firestore);
  await reruns.add();
  report.line(reruns.describe(state.tasks.length));
  if (left.length > 0) report.line(`${left.length} tasks stayed open`);
  for (const problem of problems) {
    const [orderId] = /[0-9a-f]{32}/.exec(problem.replace(/^task \S+ of /, '')) ?? [];
    const crash = orderId === undefined ? undefined : crashOf.get(orderId);
    report.problem(`${problem}${crash === undefined ? '' : `; crashed ${crash}`}`);
  }
  for (const crash of missed.filter((each) => steady.has(nameOf(each)))) {
    report.problem(`recorded twice, but not reached: ${crash.when} ${nameOf(crash)}`);
  }
  const crashes = campaign.points.fired().length;
  return report.verdict(
    `${crashes} crashes at ${chosen.length} calls; --seed ${seed} --reruns ${rerunPercent} repeats their order`,
  );
}

/**
 * Records the flows once more if a point was not reached: a task that takes longer than a second makes calls that
 * others of its kind do not.
 * @returns the names of the points that are there again
 */
async function recordAgain(
  campaign: CampaignStack,
  missed: readonly PlannedCrash[],
  placed: PlacedOrder[],
): Promise<ReadonlySet<string>> {
  if (missed.length === 0) return new Set();
  const recording = await recordPoints(campaign, FLOWS);
  placed.push(...recording.placed);
  return new Set(recording.points.map(nameOf));
}

/** Runs a flow with a crash at a point. @returns the order that it was about; undefined if the point never came */
async function crashInFlow(
  campaign: CampaignStack,
  { flow, point, when }: PlannedCrash,
  name: string,
  placed: PlacedOrder[],
): Promise<string | undefined> {
  if (flow === A_DAY_LATER) throw new Error('the day after has runs of its own');
  for (let attempt = 1; attempt <= MAX_RUNS; attempt += 1) {
    const id = campaign.points.arm(point, when);
    const { crashed, ...order } = await runFlow(campaign, flow, `${name}-${attempt}@example.com`);
    placed.push(order);
    if (crashed) await revive(campaign);
    // Some of a flow's tasks come a minute later.
    if (!campaign.points.hasFired(id)) await settle(campaign);
    campaign.points.disarm();
    if (!campaign.points.hasFired(id)) continue;
    await revive(campaign);
    return order.orderId;
  }
  return undefined;
}

/** Crashes in the tasks of the day after: each is sent by hand, so that they come one by one. */
async function crashADayLater(
  campaign: CampaignStack,
  planned: readonly PlannedCrash[],
  tell: (crash: PlannedCrash, orderId: string | undefined) => void,
): Promise<void> {
  const { stack, tasks, queues, queuePath } = campaign;
  for (const queue of queues) await tasks.pauseQueue({ name: queuePath(queue) });
  await stack.advance(DAY_MS);
  const due = await readOpenTasks(campaign);
  for (const crash of planned) {
    const task = due.shift();
    if (task === undefined) throw new Error('There are fewer tasks a day later than points to crash at');
    const since = stack.events.at(-1)?.sequence ?? 0;
    const id = campaign.points.arm(crash.point, crash.when);
    await sendNow(campaign, task.taskId);
    await stack.waitForEvent(
      (event) =>
        event.sequence > since &&
        (isDeath(event) ||
          (event.fields['taskId'] === task.taskId && /^task\.(succeeded|dead)$/.test(event.event))),
      CRASH_TIMEOUT_MS,
    );
    campaign.points.disarm();
    await revive(campaign);
    tell(crash, campaign.points.hasFired(id) ? task.subject.replace('orders/', '') : undefined);
  }
  for (const queue of queues) await tasks.resumeQueue({ name: queuePath(queue) });
}

async function sendNow({ tasks, queues, queuePath }: CampaignStack, taskId: string): Promise<void> {
  for (const queue of queues) {
    const [queued] = await tasks.listTasks({ parent: queuePath(queue) });
    const found = queued.find(({ name }) => name?.includes(`/tasks/${taskId}-g`));
    if (found === undefined) continue;
    await tasks.runTask({ name: String(found.name) });
    return;
  }
  throw new Error(`Cloud Tasks has no task ${taskId}`);
}

/** Waits until all services are back. */
async function revive({ stack }: CampaignStack): Promise<void> {
  await Promise.all([stack.whenReady('frontend'), stack.whenReady('worker')]);
}

/** Whether a call can leave something behind; the others only ask. */
function changesSomething(point: string): boolean {
  return / (Commit|CreateTask|SMTP|HTTP POST \S+) #\d+$/.test(point);
}

function nameOf({ flow, point }: RecordedPoint): string {
  return `${flow === A_DAY_LATER ? flow : flow.name}: ${point}`;
}
