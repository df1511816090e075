// `npm run firestore -w bench`: queries of each kind beside an indexed equality, gets beside ten of them, listeners.

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Filter, Firestore } from '@google-cloud/firestore';
import { ServerProcess } from './server-process.ts';

/** Each query finds one document in a hundred of them. */
const SHARE = 100;
const LISTENERS = 5;
const CONCURRENT_QUERIES = 10;
/** An indexed equality is the yardstick; nothing may take more than so many times its CPU. */
const MAX_RATIO = 3;

process.env['METADATA_SERVER_DETECTION'] = 'none';
const { values } = parseArgs({
  options: {
    documents: { type: 'string', default: '20000' },
    runs: { type: 'string', default: '20' },
    writes: { type: 'string', default: '100' },
  },
});
const documents = wholeNumber('--documents', values.documents);
const runs = wholeNumber('--runs', values.runs);
const writes = wholeNumber('--writes', values.writes);
const found = Math.floor(documents / SHARE);

const server = await ServerProcess.start();
const firestore = connect();
const items = firestore.collection('items');
await fill();
const queries = queriesOf(firestore);
await benchQueries();
await benchGets();
await benchListeners();
write(`memory: ${Math.round((await server.usage()).residentBytes / 1_000_000)} MB`);
await firestore.terminate();
await server.stop();

function connect(): Firestore {
  return new Firestore({ projectId: 'bench', host: `127.0.0.1:${server.port}`, ssl: false });
}

async function fill(): Promise<void> {
  for (let from = 0; from < documents; from += 500) {
    const batch = firestore.batch();
    for (let n = from; n < Math.min(from + 500, documents); n++) batch.set(items.doc(idOf(n)), fieldsOf(n));
    await batch.commit();
  }
}

function idOf(n: number): string {
  // Spread over the order of names.
  return `${(n * 7_919) % documents}`.padStart(8, '0');
}

function fieldsOf(n: number): Record<string, unknown> {
  const isRare = n % SHARE === 0;
  return {
    n,
    state: isRare ? 'rare' : 'common',
    first: n % (2 * SHARE) === 0 ? 'rare' : 'common',
    second: n % (2 * SHARE) === SHARE ? 'rare' : 'common',
    exceptional: isRare ? 'a' : 'b',
    tags: isRare ? ['common', 'rare'] : ['common'],
    text: `Document ${n} of ${documents}, as long as documents of orders are.`,
  };
}

interface NamedQuery {
  readonly name: string;
  run(): Promise<unknown>;
}

function queriesOf(client: Firestore): NamedQuery[] {
  const all = client.collection('items');

  const either = Filter.or(Filter.where('first', '==', 'rare'), Filter.where('second', '==', 'rare'));
  const named = (name: string, run: () => Promise<unknown>): NamedQuery => ({ name, run });
  return [
    named('equality', () => all.where('state', '==', 'rare').get()),
    named('array-contains', () => all.where('tags', 'array-contains', 'rare').get()),
    named('array-contains-any', () => all.where('tags', 'array-contains-any', ['rare', 'none']).get()),
    named('!=', () => all.where('exceptional', '!=', 'b').get()),
    named('not-in', () => all.where('exceptional', 'not-in', ['b', 'c']).get()),
    named('or of two equalities', () => all.where(either).get()),
    named('count of all', () => all.count().get()),
    named('count of !=', () => all.where('exceptional', '!=', 'a').count().get()),
    named('deep offset', () =>
      all
        .offset(documents - found)
        .limit(found)
        .get(),
    ),
    named('deep offset by a field', () =>
      all
        .orderBy('n')
        .offset(documents - found)
        .get(),
    ),
    named('last by name', () => all.orderBy('__name__', 'desc').limit(found).get()),
  ];
}

async function benchQueries(): Promise<void> {
  write(`${documents} documents, ${found} found; milliseconds of wall time and of the server's CPU`);
  let yardstick: { wallMs: number; cpuMs: number } | undefined;
  for (const { name, run } of queries) {
    await run();
    await run();
    await server.usage();
    const times: number[] = [];
    for (let n = 0; n < runs; n++) times.push(await timeOf(run));
    const cpuMs = (await server.usage()).cpuMicros / 1_000 / runs;
    const wallMs = median(times);
    yardstick ??= { wallMs, cpuMs };
    const [wall, cpu] = [wallMs / yardstick.wallMs, cpuMs / yardstick.cpuMs];
    write(
      `  ${name}: ${wallMs.toFixed(1)} ms, CPU ${cpuMs.toFixed(1)} ms; ×${wall.toFixed(1)}, CPU ×${cpu.toFixed(1)}`,
    );
    if (cpu > MAX_RATIO) process.exitCode = 1;
  }
}

async function benchGets(): Promise<void> {
  const loop = fork(fileURLToPath(new URL('./get-loop.ts', import.meta.url)), [
    String(server.port),
    `items/${idOf(0)}`,
  ]);
  await once(loop, 'message');
  const waitsDuring = async (run: () => Promise<unknown>): Promise<string> => {
    loop.send({});
    await once(loop, 'message');
    await run();
    loop.send({});
    const [waits] = (await once(loop, 'message')) as [number[]];
    const ms = (share: number) => (waits[Math.ceil(waits.length * share) - 1] ?? 0).toFixed(1);
    return `median ${ms(0.5)} ms, 99 % ${ms(0.99)} ms, maximum ${ms(1)} ms of ${waits.length}`;
  };
  write(`a get alone: ${await waitsDuring(() => delay(1_000))}`);
  for (const { name, run } of [...queries, { name: 'everything', run: () => items.get() }]) {
    const waits = await waitsDuring(() => Promise.all(Array.from({ length: CONCURRENT_QUERIES }, run)));
    write(`  beside ${CONCURRENT_QUERIES} × ${name}: ${waits}`);
  }
  const exited = once(loop, 'exit');
  loop.disconnect();
  await exited;
}

async function benchListeners(): Promise<void> {
  const cpuPerWrite = async (): Promise<number> => {
    await server.usage();
    for (let n = 0; n < writes; n++)
      await items.doc(idOf(n * SHARE)).update({ text: `Edited ${Math.random()}` });
    return (await server.usage()).cpuMicros / 1_000 / writes;
  };
  const alone = await cpuPerWrite();
  const stops: (() => void)[] = [];
  for (let n = 0; n < LISTENERS; n++) {
    const query =
      n % 2 === 0 ? items.where('exceptional', '!=', 'b') : items.where('tags', 'array-contains', 'rare');
    const target = query.limit(Math.floor(found / 2));
    await new Promise<void>((resolve, reject) => stops.push(target.onSnapshot(() => resolve(), reject)));
  }
  const listened = await cpuPerWrite();
  for (const stop of stops) stop();
  write(
    `a write: CPU ${alone.toFixed(2)} ms; with ${LISTENERS} listeners at their limit ${listened.toFixed(2)} ms`,
  );
}

async function timeOf(run: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await run();
  return performance.now() - start;
}

function median(times: readonly number[]): number {
  return times.toSorted((left, right) => left - right)[times.length >> 1] ?? 0;
}

function wholeNumber(flag: string, text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1) {
    throw new Error(`${flag} must be a whole number from 1, got ${text}`);
  }
  return number;
}

function write(line: string): void {
  process.stdout.write(`${line}\n`);
}
