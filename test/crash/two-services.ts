// The crash campaign of two services that do tasks: orders of credit go from one to the other and back while both, Cloud
// Tasks and Firestore are killed, tasks are deleted behind their backs, and deliveries are doubled, dropped and late. It
// ends with exact sums. See docs/crash-tests.md.
import './support/no-metadata-server.ts';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type KillableName, LOCATION, PROJECT } from '@waybill/local-stack';
import { whenIdle } from '../src/support/shop.ts';
import { type CreditOrder, startTwoServices, type TwoServices } from '../src/support/two-services-stack.ts';
import { readBook } from '../two-services/books.ts';
import { catalogue } from '../two-services/contracts.ts';
import { readTaskTarget } from './support/campaign-stack.ts';
import { Report } from './support/report.ts';
import { SeededRandom } from './support/seeded-random.ts';
import { wholeNumber } from './support/whole-number.ts';

const HELP = `Usage: node test/crash/two-services.ts [options]

  --seed NUMBER     gives the orders, the faults and the kills; default 1
  --orders NUMBER   default 200
  --kills NUMBER    of each of the two services, Cloud Tasks and Firestore; default 10
  --task-target T   app-engine, or http: tasks come over HTTP with ID tokens, as on Cloud Run; default app-engine
`;

const VICTIMS: readonly KillableName[] = ['worker', 'billing', 'cloud-tasks-emulator', 'firestore-emulator'];
const FAULTS = {
  duplicateShare: 0.2,
  dropAnswerShare: 0.1,
  maxDelayMs: 200,
  reorderShare: 0.05,
  refuseShare: 0.02,
};
const DECLINED = 'pm_card_chargeDeclined';
/** Less than this the payment provider does not charge. */
const MIN_AMOUNT = 50;
const MAX_AMOUNT = 10_000;
/** Between two kills, of the machine's time. */
const MAX_KILL_GAP_MS = 1_000;
/** The clock is moved after so many kills, past the lease of an attempt that was killed. */
const KILLS_PER_MOVE = 6;
const MOVE_MS = 130_000;
/** All rounds together stay below the 24 hours after which tasks are given up. */
const MAX_ROUNDS = 60;

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    orders: { type: 'string', default: '200' },
    kills: { type: 'string', default: '10' },
    'task-target': { type: 'string', default: 'app-engine' },
    help: { type: 'boolean', default: false },
  },
});
const seed = wholeNumber('--seed', values.seed);
const orderCount = wholeNumber('--orders', values.orders);
const killsOfEach = wholeNumber('--kills', values.kills);
if (values.help) process.stdout.write(HELP);
else {
  const dataDir = mkdtempSync(join(tmpdir(), 'waybill-two-services-'));
  const taskTarget = readTaskTarget(values['task-target']);
  const app = await startTwoServices(dataDir, { taskTarget, cloudTasksFaults: { seed, ...FAULTS } });
  try {
    process.exitCode = (await run(app, new Report())) ? 0 : 1;
  } finally {
    await app.close();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

async function run(app: TwoServices, report: Report): Promise<boolean> {
  const random = new SeededRandom(seed);
  const orders = Array.from({ length: orderCount }, (_, number) => ({
    orderId: `order-${number}`,
    amount: MIN_AMOUNT + random.below(MAX_AMOUNT),
    paymentMethod: random.below(5) === 0 ? DECLINED : 'pm_card_visa',
  }));
  const victims = random.shuffled(VICTIMS.flatMap((name) => Array<KillableName>(killsOfEach).fill(name)));
  report.heading(`Two services: seed ${seed}, ${orderCount} orders, ${victims.length} kills`);

  let lost = 0;
  for (const [index, victim] of victims.entries()) {
    const [from, to] = [index, index + 1].map((part) => Math.ceil((orders.length * part) / victims.length));
    const placing = Promise.all(orders.slice(from, to).map((order) => place(app, order)));
    await delay(random.below(MAX_KILL_GAP_MS));
    await app.stack.killProcess(victim, 'SIGKILL');
    await placing;
    await app.stack.whenReady(victim);
    if ((index + 1) % KILLS_PER_MOVE === 0) {
      lost += await loseTasks(app);
      await app.stack
        .advance(MOVE_MS)
        .catch(() => report.line('the clock was not moved: Cloud Tasks is away'));
    }
  }
  report.line(`${orders.length} orders placed; ${lost} tasks deleted in Cloud Tasks`);
  const open = await settle(app);
  if (open > 0) report.problem(`${open} tasks stayed open`);
  for (const problem of await problemsAtEnd(app, orders)) report.problem(problem);
  const charges = await app.stack.charges();
  report.line(`${charges.filter(({ paid }) => paid).length} charges, ${charges.length} tries in all`);
  return report.verdict(
    `two services, ${orderCount} orders, ${victims.length} kills; --seed ${seed} repeats them`,
  );
}

/** Places an order, again and again while Firestore is away: its key makes it one. */
async function place(app: TwoServices, order: CreditOrder): Promise<void> {
  for (;;) {
    try {
      return await app.order(order);
    } catch (error) {
      if ((error as { retryable?: unknown }).retryable !== true) throw error;
    }
  }
}

/** Deletes what waits in Cloud Tasks, behind the services' backs. Their sweeps send it again. */
async function loseTasks({ runtime: { cloudTasks } }: TwoServices): Promise<number> {
  let lost = 0;
  for (const queue of catalogue.queues) {
    const [queued] = await cloudTasks.listTasks({ parent: cloudTasks.queuePath(PROJECT, LOCATION, queue) });
    for (const { name } of queued) {
      await cloudTasks.deleteTask({ name: String(name) }).then(
        () => (lost += 1),
        () => undefined,
      );
    }
  }
  return lost;
}

/** Moves the clock past leases, backoffs and sweeps. @returns the number of tasks that are open after many rounds */
async function settle(app: TwoServices): Promise<number> {
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    await whenIdle(app.stack).catch(() => undefined);
    if ((await app.openTasks()) === 0) return 0;
    await app.stack.advance(MOVE_MS);
    await app.sweep();
  }
  return app.openTasks();
}

/** Everything that is wrong at the end, in words. */
async function problemsAtEnd(app: TwoServices, orders: readonly CreditOrder[]): Promise<string[]> {
  const problems: string[] = [];
  const good = orders.filter(({ paymentMethod }) => paymentMethod !== DECLINED);
  const expected = good.reduce((sum, { amount }) => sum + amount, 0);
  const sold = await readBook(app.firestore, 'sold');
  const account = await readBook(app.firestore, 'account');
  if (sold !== expected) problems.push(`sold for ${sold}, not ${expected}`);
  if (account !== -expected) problems.push(`the account has ${account}, not ${-expected}`);
  const charges = (await app.stack.charges()).filter(({ paid }) => paid);
  const chargesOf = Map.groupBy(charges, ({ metadata }) => metadata['order_id'] ?? '');
  for (const { orderId, amount, paymentMethod } of orders) {
    const made = (chargesOf.get(orderId) ?? []).map((charge) => charge.amount);
    const right = paymentMethod === DECLINED ? [] : [amount];
    if (made.join() !== right.join()) problems.push(`${orderId}: charged [${made}], not [${right}]`);
    const last = paymentMethod === DECLINED ? 'return-credit' : 'close-order';
    const tasks = await app.runtime.reader.ofSubject(`orders/${orderId}`);
    const states = tasks.map(({ contract, state }) => `${contract} ${state}`);
    if (tasks.length !== 3 || !states.includes(`${last} succeeded`)) {
      problems.push(`${orderId} (${paymentMethod}): ${states.join(', ')}`);
    }
  }
  return problems;
}
