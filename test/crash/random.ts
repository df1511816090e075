// The random crash campaign: orders by the thousand while everything is killed, deliveries are doubled, dropped, late and out of
// order, and the payment provider charges without answering. See docs/crash-tests.md.
import './support/no-metadata-server.ts';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { KillableName } from '@waybill/local-stack';
import { callHttp } from '../src/support/call-http.ts';
import { type RandomOrder, randomOrders, randomShelf } from './random-orders.ts';
import { DAY_MS } from './record-points.ts';
import { type CampaignStack, readTaskTarget, startCampaignStack } from './support/campaign-stack.ts';
import { unpackEarlierTree } from './support/earlier-tree.ts';
import { FaultTotals } from './support/fault-totals.ts';
import { readFinalState } from './support/final-state.ts';
import { placeOrder } from './support/order-client.ts';
import { OrderGate } from './support/order-gate.ts';
import { Report } from './support/report.ts';
import { RerunTotals } from './support/rerun-totals.ts';
import { EARLIER_VERSION, RollOut } from './support/roll-out.ts';
import { SeededRandom } from './support/seeded-random.ts';
import { settle, whenBacklogIsSmall } from './support/settle.ts';
import { describeTask, type PlacedOrder, problemsAtEnd } from './support/verdict.ts';
import { wholeNumber } from './support/whole-number.ts';

const HELP = `Usage: node test/crash/random.ts [options]

  --seed NUMBER     gives the orders, the faults and the kills; default 1
  --orders NUMBER   default 500
  --reruns PERCENT  share of the transactions that Firestore aborts once, so that they run twice; default 0
  --beside COMMIT   rolls the worker out from an earlier commit, back, and out again while orders run; default none
  --task-target T   app-engine, or http: tasks come over HTTP with ID tokens, as on Cloud Run; default app-engine
`;

const VICTIMS: readonly KillableName[] = ['frontend', 'worker', 'cloud-tasks-emulator', 'firestore-emulator'];
/** Each victim is killed at least so often, or the campaign fails. */
const MIN_KILLS = 10;
/** More orders, more kills: one of each victim for so many orders. */
const ORDERS_PER_KILL = 400;
const CLIENTS = 16;
/** How long one client tries to place one order. */
const ORDER_TIMEOUT_MS = 180_000;
/** Between two kills, of the machine's time. */
const MAX_KILL_GAP_MS = 1_500;
/** Among so many orders each kind of fault comes, or the campaign fails. */
const ENOUGH_ORDERS = 100;
/** The clock is moved after so many kills, past the lease of an attempt that was killed. */
const KILLS_PER_MOVE = 6;
const MOVE_MS = 65_000;
/** How it goes is told after so many kills. */
const KILLS_PER_REPORT = 10;

const faults = {
  duplicateShare: 0.2,
  dropAnswerShare: 0.1,
  maxDelayMs: 200,
  reorderShare: 0.05,
  refuseShare: 0.02,
};

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    orders: { type: 'string', default: '500' },
    reruns: { type: 'string', default: '0' },
    beside: { type: 'string', default: '' },
    'task-target': { type: 'string', default: 'app-engine' },
    help: { type: 'boolean', default: false },
  },
});
const seed = wholeNumber('--seed', values.seed);
const orderCount = wholeNumber('--orders', values.orders);
const rerunPercent = wholeNumber('--reruns', values.reruns);
if (values.help) {
  process.stdout.write(HELP);
} else {
  const report = new Report();
  report.heading(
    `Random campaign: seed ${seed}, ${orderCount} orders, ${rerunPercent} % of transactions run twice`,
  );
  const shelf = randomShelf(orderCount);
  const earlier = values.beside === '' ? undefined : unpackEarlierTree(values.beside);
  if (earlier !== undefined) report.line(`the earlier worker is that of ${earlier.commit.slice(0, 12)}`);
  const campaign = await startCampaignStack({
    products: shelf,
    cloudTasksFaults: { seed, ...faults },
    ...(rerunPercent > 0 && { firestoreFaults: { seed, rerunShare: rerunPercent / 100 } }),
    ...(earlier !== undefined && {
      services: [{ service: 'worker', version: EARLIER_VERSION, rootDir: earlier.dir }],
    }),
    taskTarget: readTaskTarget(values['task-target']),
  });
  const rollOut = earlier === undefined ? undefined : new RollOut(campaign, report);
  try {
    const initialStock = new Map(shelf.map(({ productId, stock }) => [productId, stock]));
    process.exitCode = (await run(campaign, report, { initialStock, rollOut })) ? 0 : 1;
  } finally {
    await campaign.close();
    earlier?.remove();
  }
}

async function run(
  campaign: CampaignStack,
  report: Report,
  { initialStock, rollOut }: { initialStock: ReadonlyMap<string, number>; rollOut: RollOut | undefined },
): Promise<boolean> {
  const { stack } = campaign;
  const random = new SeededRandom(seed);
  const orders = randomOrders(orderCount, random);
  const killsOfEach = Math.max(MIN_KILLS, Math.ceil(orderCount / ORDERS_PER_KILL));
  const victims = random.shuffled(VICTIMS.flatMap((name) => Array<KillableName>(killsOfEach).fill(name)));
  const gate = new OrderGate();
  const placing = placeAll(stack.ports.frontDoor, orders, gate);
  placing.catch(() => {});
  const injected = new FaultTotals(stack.ports.cloudTasks);
  const reruns = new RerunTotals(stack.ports.firestore);

  const kills = await killAll(campaign, victims, {
    random,
    report,
    letIn: (share) => gate.open(Math.ceil(orders.length * share)),
    beforeShare: async (share) => await rollOut?.moveTo(share),
    beforeKill: async (victim) => {
      if (victim === 'cloud-tasks-emulator') await injected.add();
      if (victim === 'firestore-emulator') await reruns.add();
    },
  });
  const placed = await placing;
  report.line(`placed ${placed.length} orders in ${placed.reduce((sum, { tries }) => sum + tries, 0)} tries`);
  await Promise.all(VICTIMS.map((name) => stack.whenReady(name)));
  await injected.add();
  await setFaults(stack.ports.cloudTasks, null);

  report.line(`killed ${[...kills].map(([name, count]) => `${name} ${count} times`).join(', ')}`);
  report.line(`faults of Cloud Tasks: ${injected.describe()}`);
  report.line(`payments asked for: ${describeCounts(orders.map(({ paymentMethod }) => paymentMethod))}`);
  const onRound = (open: number): void => report.line(`${open} tasks open; the clock is moved`);
  const left = [...(await settle(campaign, { onRound }))];
  await stack.advance(DAY_MS);
  left.push(...(await settle(campaign, { onRound })));

  report.heading('End');
  const state = await readFinalState(campaign);
  const count = (fits: (task: (typeof state.tasks)[number]) => boolean): number =>
    state.tasks.filter(fits).length;
  const statuses = Map.groupBy(
    state.orders,
    ({ status, cancellation }) => status + (cancellation === undefined ? '' : `, ${cancellation.reason}`),
  );
  for (const [status, found] of statuses) report.line(`${found.length} orders ${status}`);
  const refunded = state.charges.filter((charge) => charge.refunded > 0).length;
  report.line(`${state.charges.length} charges, ${refunded} of them given back; ${state.mails.length} mails`);
  report.line(
    `${state.tasks.length} tasks: ${count(({ attempts }) => attempts > 1)} took more than one attempt, ` +
      `${count(({ errorCode }) => errorCode === 'OUTCOME_UNKNOWN')} ended with OUTCOME_UNKNOWN, ` +
      `${count(({ errorCode }) => errorCode === 'ATTEMPTS_USED_UP')} used up their attempts`,
  );
  await reruns.add();
  report.line(reruns.describe(state.tasks.length));
  for (const task of state.tasks.filter(({ errorCode }) => errorCode === 'ATTEMPTS_USED_UP')) {
    report.line(`used up: ${task.subject} ${describeTask(task)}`);
  }
  for (const problem of problemsAtEnd(state, placed, initialStock)) report.problem(problem);
  if (rollOut !== undefined) {
    report.line(
      `claimed tasks: ${[...rollOut.claims()].map(([name, count]) => `${name} ${count}`).join(', ')}`,
    );
    for (const version of rollOut.idleVersions()) report.problem(`the version ${version} claimed no task`);
  }
  if (left.length > 0) report.problem(`${left.length} tasks stayed open`);
  for (const name of VICTIMS) {
    const times = kills.get(name) ?? 0;
    if (times < MIN_KILLS) report.problem(`${name} was killed ${times} times only`);
  }
  if (orderCount >= ENOUGH_ORDERS) {
    for (const name of injected.absent()) report.problem(`a fault of Cloud Tasks never came: ${name}`);
  }
  return report.verdict(
    `${orderCount} orders and ${victims.length} kills; ` +
      `--seed ${seed} --orders ${orderCount} --reruns ${rerunPercent}${values.beside === '' ? '' : ` --beside ${values.beside}`} repeats them`,
  );
}

/**
 * Kills each victim in turn, while orders come in step with the kills and no faster than they are done, so that all of
 * them live through some.
 * @param options.letIn lets in this share of the orders, 0 to 1
 * @returns how often each was killed
 */
async function killAll(
  campaign: CampaignStack,
  victims: readonly KillableName[],
  options: {
    random: SeededRandom;
    report: Report;
    letIn: (share: number) => void;
    /** Runs before the kill that follows a share of all kills. */
    beforeShare: (share: number) => Promise<void>;
    beforeKill: (victim: KillableName) => Promise<void>;
  },
): Promise<ReadonlyMap<string, number>> {
  const { stack } = campaign;
  const { random, report } = options;
  const kills = new Map<string, number>();
  for (const [index, victim] of victims.entries()) {
    await whenBacklogIsSmall(campaign);
    const share = (index + 1) / victims.length;
    await options.beforeShare(index / victims.length);
    options.letIn(share);
    if (index > 0 && index % KILLS_PER_REPORT === 0) {
      report.line(`${Math.round(share * 100)} % of the orders were let in, between ${index} kills`);
    }
    await delay(random.below(MAX_KILL_GAP_MS));
    await stack.whenReady(victim);
    await options.beforeKill(victim);
    await stack.killProcess(victim, 'SIGKILL');
    kills.set(victim, (kills.get(victim) ?? 0) + 1);
    if ((index + 1) % KILLS_PER_MOVE === 0) await move(campaign, report);
  }
  return kills;
}

/** How often each is among them, the most frequent first. */
function describeCounts(names: readonly string[]): string {
  return [...Map.groupBy(names, (name) => name)]
    .sort(([, one], [, other]) => other.length - one.length)
    .map(([name, found]) => `${name} ${found.length}`)
    .join(', ');
}

async function placeAll(
  port: number,
  orders: readonly RandomOrder[],
  gate: OrderGate,
): Promise<(PlacedOrder & { tries: number })[]> {
  const placed: (PlacedOrder & { tries: number })[] = [];
  const rest = orders.entries();
  await Promise.all(
    Array.from({ length: CLIENTS }, async () => {
      for (const [number, order] of rest) {
        await gate.pass(number);
        const { orderId, tries } = await placeOrder(port, order, order.email, ORDER_TIMEOUT_MS);
        placed.push({ orderId, email: order.email, kind: order.kind, tries });
      }
    }),
  );
  return placed;
}

async function move({ stack }: CampaignStack, report: Report): Promise<void> {
  try {
    await stack.advance(MOVE_MS);
  } catch (error) {
    // Cloud Tasks may have died of an earlier kill just now; the next move makes up for it.
    report.line(`the clock was not moved: ${error instanceof Error ? error.message : String(error)}`);
  }
}

async function setFaults(port: number, settings: object | null): Promise<void> {
  const { status, text } = await callHttp({
    port,
    method: 'POST',
    path: '/emulator/faults',
    body: JSON.stringify(settings),
  });
  if (status !== 200) throw new Error(`Faults could not be set: ${text}`);
}
