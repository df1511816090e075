// The kill campaign: `kill -9` amid creates, deletes, batches and pauses; nothing acknowledged may be lost.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';

const PARENT = 'projects/demo/locations/us-central1';
const MAIN = join(import.meta.dirname, '../../src/main.ts');
const WORKERS = 8;
const BATCH_TASKS = 5;
const MIN_RUN_MS = 500;
const MAX_RUN_MS = 3_000;
const HOUR_MS = 3_600_000;

const { values } = parseArgs({ options: { kills: { type: 'string', default: '10' } } });
const folder = await mkdtemp(join(tmpdir(), 'cloud-tasks-kills-'));
/** Tasks that must be there, and those that must not; a task whose call was cut is in neither. */
const created = new Set<string>();
const deleted = new Set<string>();
/** The state of each worker's queue that was acknowledged last; undefined while a call is open. */
const states: (string | undefined)[] = Array.from({ length: WORKERS }, () => 'RUNNING');
const acknowledged = { creates: 0, deletes: 0, batches: 0, pauses: 0 };
const faults: string[] = [];
let nextId = 0;

try {
  for (let kill = 0; kill < Number(values.kills); kill += 1) {
    const { child, url } = await start();
    await verify(url);
    const work = Array.from({ length: WORKERS }, (_, worker) => runWorker(url, worker));
    await new Promise((resolve) =>
      setTimeout(resolve, MIN_RUN_MS + Math.random() * (MAX_RUN_MS - MIN_RUN_MS)),
    );
    await end(child);
    await Promise.all(work);
  }
  const { child, url } = await start();
  await verify(url);
  await end(child);
} finally {
  await rm(folder, { recursive: true });
}
for (const fault of faults.slice(0, 20)) process.stdout.write(`${fault}\n`);
process.stdout.write(
  `${values.kills} kills, acknowledged ${JSON.stringify(acknowledged)}: ${faults.length} lost\n`,
);
process.exitCode = faults.length === 0 ? 0 : 1;

async function start(): Promise<{ child: ChildProcess; url: string }> {
  const queues = Array.from({ length: WORKERS }, (_, worker) => [
    '--queue',
    `${PARENT}/queues/q${worker}`,
  ]).flat();
  const args = [MAIN, '--port', '0', '--data-dir', folder, '--project', 'demo', ...queues];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  return { child, url: `http://127.0.0.1:${/\d+$/.exec(line)?.[0]}` };
}

async function end(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}

async function call(
  url: string,
  path: string,
  method = 'GET',
  body?: object,
): Promise<Record<string, unknown>> {
  const response = await fetch(`${url}/${path}`, { method, ...(body && { body: JSON.stringify(body) }) });
  const text = await response.text();
  if (response.ok) return JSON.parse(text) as Record<string, unknown>;
  faults.push(`${method} ${path} gave ${response.status}: ${text}`);
  return {};
}

/** One worker's queue, and its tasks that were acknowledged. */
interface Work {
  readonly url: string;
  readonly worker: number;
  readonly queue: string;
  readonly names: string[];
}

/** Calls one after the other until the process is gone. */
async function runWorker(url: string, worker: number): Promise<void> {
  const work: Work = { url, worker, queue: `${PARENT}/queues/q${worker}`, names: [] };
  const actions = [createOne, createBatch, deleteOne, pause, createOne, createBatch, deleteBatch, resume];
  try {
    for (;;) for (const act of actions) await act(work);
  } catch {
    // The process is gone: the outcome of the open call is unknown.
  }
}

function newTask(queue: string): { name: string } {
  const scheduleTime = new Date(Date.now() + HOUR_MS).toISOString();
  const task = {
    name: `${queue}/tasks/t${nextId}`,
    scheduleTime,
    httpRequest: { url: 'http://127.0.0.1:9/' },
  };
  nextId += 1;
  return task;
}

async function createOne({ url, queue, names }: Work): Promise<void> {
  const task = newTask(queue);
  await call(url, `v2/${queue}/tasks`, 'POST', { task });
  created.add(task.name);
  names.push(task.name);
  acknowledged.creates += 1;
}

async function createBatch({ url, queue, names }: Work): Promise<void> {
  const tasks = Array.from({ length: BATCH_TASKS }, () => newTask(queue));
  const requests = tasks.map((task) => ({ parent: queue, task }));
  await call(url, `v2beta3/${queue}/tasks:batchCreate`, 'POST', { requests });
  for (const { name } of tasks) created.add(name);
  names.push(...tasks.map(({ name }) => name));
  acknowledged.batches += 1;
}

async function deleteOne({ url, names }: Work): Promise<void> {
  const name = names.shift() ?? '';
  created.delete(name);
  await call(url, `v2/${name}`, 'DELETE');
  deleted.add(name);
  acknowledged.deletes += 1;
}

async function deleteBatch({ url, queue, names: all }: Work): Promise<void> {
  const names = all.splice(0, 2);
  for (const name of names) created.delete(name);
  await call(url, `v2beta3/${queue}/tasks:batchDelete`, 'POST', { names });
  for (const name of names) deleted.add(name);
  acknowledged.deletes += names.length;
}

function pause(work: Work): Promise<void> {
  return setState(work, 'pause', 'PAUSED');
}

function resume(work: Work): Promise<void> {
  return setState(work, 'resume', 'RUNNING');
}

async function setState({ url, worker, queue }: Work, action: string, state: string): Promise<void> {
  states[worker] = undefined;
  await call(url, `v2/${queue}:${action}`, 'POST', {});
  states[worker] = state;
  acknowledged.pauses += 1;
}

/** Compares the emulator with all that was acknowledged. */
async function verify(url: string): Promise<void> {
  const there = new Set<string>();
  for (let worker = 0; worker < WORKERS; worker += 1) {
    const queue = `${PARENT}/queues/q${worker}`;
    const { state } = await call(url, `v2/${queue}`);
    const expected = states[worker];
    if (expected !== undefined && state !== expected) faults.push(`${queue} is ${state}, not ${expected}`);
    let pageToken = '';
    do {
      const page = await call(
        url,
        `v2/${queue}/tasks?pageSize=1000&pageToken=${encodeURIComponent(pageToken)}`,
      );
      for (const { name } of (page['tasks'] ?? []) as { name: string }[]) there.add(name);
      pageToken = String(page['nextPageToken'] ?? '');
    } while (pageToken !== '');
  }
  for (const name of created) if (!there.has(name)) faults.push(`${name} is lost`);
  for (const name of deleted) if (there.has(name)) faults.push(`${name} is back`);
}
