// `npm run hot-stock -w bench -- --runs 3`: reruns of reservations of one product, counted by the Firestore emulator.

import { parseArgs } from 'node:util';
import { startFirestoreEmulator } from '@waybill/firestore-emulator';
import { runStockScenario, type StockResult } from './run-stock-scenario.ts';
import { STOCK_SCENARIOS, type StockScenario } from './stock-scenarios.ts';

/** Maximum reruns per 100 orders. */
const MAX_RERUNS_PER_100 = 5;

/** Five times the rate and the concurrency of the queue `order-processing`. */
const PACE = { ordersPerSecond: 50, maxConcurrent: 25, roundTripMs: 10 } as const;

// Google's clients look for a metadata server; nothing here leaves the machine.
process.env['METADATA_SERVER_DETECTION'] = 'none';
const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '3' },
    slower: { type: 'string', default: '3' },
    scenario: { type: 'string', multiple: true },
    processes: { type: 'string', multiple: true, default: ['1', '2', '4'] },
  },
});
const runs = wholeNumber('--runs', values.runs);
// A slow machine adds its own time to each transaction. At a slower pace that counts less.
const slower = wholeNumber('--slower', values.slower);
const processCounts = values.processes.map((count) => wholeNumber('--processes', count));
const scenarios = STOCK_SCENARIOS.filter(({ name }) => values.scenario?.includes(name) ?? true);
if (scenarios.length === 0) {
  throw new Error(`--scenario must be one of ${STOCK_SCENARIOS.map(({ name }) => name).join(', ')}`);
}

let failed = false;
for (const scenario of scenarios) {
  for (const processes of processCounts) {
    const results: StockResult[] = [];
    for (let run = 0; run < runs; run += 1) results.push(await runOnce(scenario, processes));
    const perRun = results.map(({ reruns }) => per100(reruns, scenario.orders));
    const mean = per100(
      results.reduce((sum, { reruns }) => sum + reruns, 0),
      runs * scenario.orders,
    );
    write(`${scenario.name}, ${processes} processes: ${mean} reruns per 100 orders (${perRun.join(', ')})`);
    if (mean >= MAX_RERUNS_PER_100 || results.some(({ problems }) => problems.length > 0)) failed = true;
  }
}
if (failed) process.exitCode = 1;

async function runOnce(scenario: StockScenario, processes: number): Promise<StockResult> {
  const emulator = await startFirestoreEmulator({ port: 0 });
  const result = await runStockScenario(emulator, scenario, {
    processes,
    ordersPerSecond: PACE.ordersPerSecond / slower,
    maxConcurrent: PACE.maxConcurrent,
    roundTripMs: PACE.roundTripMs * slower,
    random: Math.random,
  });
  await emulator.close();
  const { seconds, problems, ...counts } = result;
  const ordersPerSecond = Math.round((scenario.orders * slower) / seconds);
  write(`  ${scenario.name}, ${processes} processes: ${JSON.stringify({ ...counts, ordersPerSecond })}`);
  for (const problem of problems) write(`  WRONG: ${problem}`);
  return result;
}

function wholeNumber(flag: string, text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1) {
    throw new Error(`${flag} must be a whole number from 1, got ${text}`);
  }
  return number;
}

function per100(reruns: number, orders: number): number {
  return Math.round((reruns * 1_000) / orders) / 10;
}

function write(line: string): void {
  process.stdout.write(`${line}\n`);
}
