// `npm run cloud-tasks -w bench`: the Cloud Tasks emulator beside empty servers, and beside other emulators of Cloud Tasks.

import { parseArgs } from 'node:util';
import { createQueueRequests, createRequests } from './create-requests.ts';
import { measureHeldRate, measurePending, measureReopened, measureToHandler } from './delivery-scenarios.ts';
import { generateLoad } from './load-generator.ts';
import { PeerProcess, readPeer } from './peer-process.ts';
import { startReceiver } from './receiver.ts';
import { EMPTY_PATH, methodPath, QUEUE_COUNT } from './scenario.ts';
import type { MeasuredServer } from './server-kinds.ts';
import { ServerProcess } from './server-process.ts';

const HELP = `Usage: npm run cloud-tasks -w bench -- [options]

  --calls N          calls of a round; default 10000
  --rounds N         rounds of each server, of which the best counts; default 3
  --peer NAME=LINE   another emulator, by its command line, with {port} in it; may be given more than once
  --reopen N         pending tasks in a data folder that is opened again; default 1000000
  --help
`;
const WIDTH = 100;

const { values } = parseArgs({
  options: {
    calls: { type: 'string', default: '10000' },
    rounds: { type: 'string', default: '3' },
    peer: { type: 'string', multiple: true, default: [] },
    reopen: { type: 'string', default: '1000000' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  process.stdout.write(HELP);
  process.exit();
}
const calls = Number(values.calls);
const rounds = Number(values.rounds);

/** A server to measure, by the name that the table gives it. */
interface Subject {
  readonly name: string;
  start(): Promise<MeasuredServer>;
}

const emulators: readonly Subject[] = [
  { name: 'ours, in memory', start: () => ServerProcess.start('memory') },
  { name: 'ours, durable', start: () => ServerProcess.start('durable') },
  ...values.peer.map(readPeer).map((peer) => ({ name: peer.name, start: () => PeerProcess.start(peer) })),
];

print(`${calls} calls a round, ${WIDTH} at once, ${QUEUE_COUNT} queues; the best of ${rounds} rounds\n`);
if (values.peer.length === 0) print('SKIPPED: other emulators, for no --peer is given\n');
await measureEmptyCalls();
await measureCreates();
await measureDeliveries();
await measureEach('create to handler, one at a time', measureToHandler);
await measureEach('one queue of 500/s', measureHeldRate);
await measureEach('20,000 pending tasks', measurePending);
print('\na data folder that is opened again');
print(row('ours, durable', await measureReopened(Number(values.reopen))));

/** Calls that do nothing: what the framing costs. */
async function measureEmptyCalls(): Promise<void> {
  print('an empty call');
  const requests = Array.from({ length: calls }, () => Buffer.alloc(0));
  for (const kind of ['grpc-js', 'kit'] as const) {
    const server = await ServerProcess.start(kind);
    const load = { port: server.port, path: EMPTY_PATH, requests, width: WIDTH };
    print(row(kind, await best(server, () => generateLoad(load))));
    await server.stop();
  }
}

async function measureCreates(): Promise<void> {
  print('\nCreateTask');
  const scheduleSeconds = Math.floor(Date.now() / 1_000) + 86_400;
  const requests = createRequests(calls, { url: () => 'http://127.0.0.1:9/', scheduleSeconds });
  await forEachEmulator(async (server) => {
    const load = { port: server.port, path: methodPath('CreateTask'), requests, width: WIDTH };
    return best(server, () => generateLoad(load));
  });
}

/** From the first create to the last delivery. */
async function measureDeliveries(): Promise<void> {
  print('\nCreateTask and delivery');
  await forEachEmulator(async (server) => {
    const receiver = await startReceiver();
    const requests = createRequests(calls, { url: () => `http://127.0.0.1:${receiver.port}/task` });
    const cells = await best(server, async () => {
      const startMs = performance.now();
      const all = receiver.waitFor(receiver.received() + calls);
      await generateLoad({ port: server.port, path: methodPath('CreateTask'), requests, width: WIDTH });
      await all;
      return { seconds: (performance.now() - startMs) / 1_000 };
    });
    receiver.close();
    return [...cells, `${receiver.connections()} connections for ${receiver.received()}`];
  });
}

async function measureEach(
  title: string,
  measure: (server: MeasuredServer) => Promise<readonly string[]>,
): Promise<void> {
  print(`\n${title}`);
  await forEachEmulator(measure);
}

/** Starts each emulator, with its queues, and prints a row of each. A peer that fails gets a row that says so. */
async function forEachEmulator(
  measure: (server: MeasuredServer) => Promise<readonly string[]>,
): Promise<void> {
  for (const { name, start } of emulators) {
    const server = await start();
    try {
      await generateLoad({
        port: server.port,
        path: methodPath('CreateQueue'),
        requests: createQueueRequests(),
        width: 1,
      });
      print(row(name, await measure(server)));
    } catch (error) {
      if (server instanceof ServerProcess) throw error;
      print(row(name, [`failed: ${(error as Error).message}`]));
    } finally {
      await server.stop();
    }
  }
}

/** Runs a load in rounds. @returns the cells of the round with the least CPU time */
async function best(
  server: MeasuredServer,
  run: () => Promise<{ seconds: number; failed?: number; latenciesMs?: Float64Array }>,
): Promise<readonly string[]> {
  let least = Number.POSITIVE_INFINITY;
  let cells: readonly string[] = [];
  for (let round = 0; round < rounds; round++) {
    await server.usage();
    const { seconds, failed, latenciesMs } = await run();
    const cpuMicros = (await server.usage()).cpuMicros / calls;
    // Empty calls have empty responses, which do not count.
    if (failed !== undefined && failed > 0 && failed < calls)
      throw new Error(`${failed} of ${calls} calls failed`);
    if (cpuMicros >= least) continue;
    least = cpuMicros;
    const p50Ms = latenciesMs?.[Math.floor(latenciesMs.length / 2)];
    cells = [
      `${cpuMicros.toFixed(1)} µs CPU`,
      `${Math.round(calls / seconds).toLocaleString('en')}/s`,
      ...(p50Ms === undefined ? [] : [`p50 ${p50Ms.toFixed(2)} ms`]),
    ];
  }
  return cells;
}

function row(name: string, cells: readonly string[]): string {
  return [`  ${name.padEnd(18)}`, ...cells.map((cell) => cell.padEnd(16))].join('  ').trimEnd();
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
