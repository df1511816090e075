import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createQueueRequests, createRequests } from './create-requests.ts';
import { generateLoad } from './load-generator.ts';
import { startReceiver } from './receiver.ts';
import { methodPath } from './scenario.ts';
import type { MeasuredServer } from './server-kinds.ts';
import { ServerProcess } from './server-process.ts';

const CREATE_TASK = methodPath('CreateTask');
const WIDTH = 100;
const SINGLE_TASKS = 500;
const HELD_TASKS = 2_100;
const PENDING_TASKS = 20_000;
const IDLE_MS = 2_000;
const PATIENCE_MS = 30_000;
/** The frames of one load are made beforehand, and take memory. */
const TASKS_OF_A_LOAD = 100_000;

/** The time from a create to its request at the handler, one after the other. @returns the cells of its row */
export async function measureToHandler({ port }: MeasuredServer): Promise<readonly string[]> {
  const receiver = await startReceiver();
  const timesMs: number[] = [];
  for (let index = 0; index < SINGLE_TASKS; index++) {
    const requests = createRequests(1, {
      url: () => `http://127.0.0.1:${receiver.port}/${index}`,
      queues: 1,
    });
    const arrived = new Promise<number>((resolve) => {
      receiver.onRequest = () => resolve(performance.now());
    });
    const { startMs } = await generateLoad({ port, path: CREATE_TASK, requests, width: 1 });
    timesMs.push((await inTime(arrived, 'a delivery')) - startMs);
  }
  receiver.close();
  timesMs.sort((one, other) => one - other);
  return [50, 99].map(
    (percent) => `p${percent} ${(timesMs[(SINGLE_TASKS * percent) / 100] ?? 0).toFixed(2)} ms`,
  );
}

/** The rate of a queue that has more tasks than it may send. @returns the cells of its row */
export async function measureHeldRate({ port }: MeasuredServer): Promise<readonly string[]> {
  const receiver = await startReceiver();
  const arrivalsMs: number[] = [];
  receiver.onRequest = () => arrivalsMs.push(performance.now());
  const all = receiver.waitFor(HELD_TASKS);
  const url = (): string => `http://127.0.0.1:${receiver.port}/task`;
  const requests = createRequests(HELD_TASKS, { url, queues: 1 });
  await generateLoad({ port, path: CREATE_TASK, requests, width: WIDTH });
  await inTime(all, 'the last delivery');
  receiver.close();
  // The bucket is full at first: 100 of them go at once.
  const [first = 0, last = 0] = [arrivalsMs[HELD_TASKS / 3], arrivalsMs.at(-1)];
  return [`${(((HELD_TASKS * 2) / 3 / (last - first)) * 1_000).toFixed(0)}/s`];
}

/** Memory and CPU time while tasks wait for tomorrow. @returns the cells of its row */
export async function measurePending(server: MeasuredServer): Promise<readonly string[]> {
  const before = await server.usage({ collectsGarbage: true });
  await createLater(server.port, PENDING_TASKS);
  // Work that the creates left over is not the tasks' cost.
  await delay(IDLE_MS);
  await server.usage();
  await delay(IDLE_MS);
  const { cpuMicros, residentBytes } = await server.usage({ collectsGarbage: true });
  return [
    `${((residentBytes - before.residentBytes) / PENDING_TASKS / 1_024).toFixed(2)} kB each`,
    `${(cpuMicros / IDLE_MS).toFixed(2)} ms CPU a second when idle`,
  ];
}

/** The start with a folder full of pending tasks. @returns the cells of its row */
export async function measureReopened(tasks: number): Promise<readonly string[]> {
  const dataDir = mkdtempSync(join(tmpdir(), 'waybill-bench-'));
  try {
    const first = await ServerProcess.start('durable', dataDir);
    await generateLoad({
      port: first.port,
      path: methodPath('CreateQueue'),
      requests: createQueueRequests(),
      width: 1,
    });
    const startMs = performance.now();
    await createLater(first.port, tasks);
    const createdMs = performance.now() - startMs;
    await first.stop();
    const reopenedMs = performance.now();
    const second = await ServerProcess.start('durable', dataDir);
    const openMs = performance.now() - reopenedMs;
    const { residentBytes } = await second.usage();
    await second.stop();
    return [
      `${tasks.toLocaleString('en')} tasks`,
      `made in ${(createdMs / 1_000).toFixed(1)} s`,
      `opened in ${(openMs / 1_000).toFixed(1)} s`,
      `${Math.round(residentBytes / 1_048_576)} MiB`,
    ];
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
}

async function createLater(port: number, tasks: number): Promise<void> {
  const scheduleSeconds = Math.floor(Date.now() / 1_000) + 86_400;
  for (let left = tasks; left > 0; left -= TASKS_OF_A_LOAD) {
    const count = Math.min(left, TASKS_OF_A_LOAD);
    const requests = createRequests(count, { url: () => 'http://127.0.0.1:9/', scheduleSeconds });
    const { failed } = await generateLoad({ port, path: CREATE_TASK, requests, width: WIDTH });
    if (failed > 0) throw new Error(`${failed} of ${count} creates failed`);
  }
}

async function inTime<T>(promise: Promise<T>, what: string): Promise<T> {
  const timeout = new AbortController();
  const late = delay(PATIENCE_MS, undefined, { signal: timeout.signal }).then(() => {
    throw new Error(`${what} did not come within ${PATIENCE_MS} ms`);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    timeout.abort();
    late.catch(() => {});
  }
}
