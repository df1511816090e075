// `npm run cloud-tasks -w bench -- --calls 20000`: creates and deliveries of the Cloud Tasks emulator, beside empty servers.

import { parseArgs } from 'node:util';
import { createRequests } from './create-requests.ts';
import { generateLoad } from './load-generator.ts';
import { startReceiver } from './receiver.ts';
import { CREATE_PATH, EMPTY_PATH, LOCATION, PROJECT, QUEUE_COUNT, queueId } from './scenario.ts';
import type { ServerKind } from './server-kinds.ts';
import { ServerProcess } from './server-process.ts';

const WIDTH = 100;

const { values } = parseArgs({
  options: {
    calls: { type: 'string', default: '20000' },
    rounds: { type: 'string', default: '3' },
  },
});
const calls = Number(values.calls);
const rounds = Number(values.rounds);

print(`${calls} calls a round, ${WIDTH} at once, ${QUEUE_COUNT} queues; the best of ${rounds} rounds`);
let baseline = Number.NaN;
baseline = await measureEmpty('grpc-js');
await measureEmpty('kit');
await measureCreates('memory');
await measureCreates('durable');
await measureDeliveries('memory');
await measureDeliveries('durable');

/** Calls that do nothing: what the framing costs. @returns CPU µs per call */
async function measureEmpty(kind: ServerKind): Promise<number> {
  const requests = Array.from({ length: calls }, () => Buffer.alloc(0));
  const cost = await measure(kind, `empty call, ${kind}`, async (server) => {
    const { seconds, latenciesMs } = await generateLoad({
      port: server.port,
      path: EMPTY_PATH,
      requests,
      width: WIDTH,
    });
    return { seconds, latenciesMs };
  });
  return cost;
}

async function measureCreates(kind: ServerKind): Promise<void> {
  const requests = createRequests(calls, 'http://127.0.0.1:9/');
  await measure(kind, `CreateTask, ${kind}`, async (server) => {
    const result = await generateLoad({ port: server.port, path: CREATE_PATH, requests, width: WIDTH });
    if (result.failed > 0) throw new Error(`${result.failed} of ${calls} creates failed`);
    return result;
  });
}

async function measureDeliveries(kind: ServerKind): Promise<void> {
  const receiver = await startReceiver();
  const requests = createRequests(calls, `http://127.0.0.1:${receiver.port}/task`);
  let delivered = 0;
  await measure(kind, `delivery, ${kind}`, async (server) => {
    await setQueues(server.port, 'pause');
    await generateLoad({ port: server.port, path: CREATE_PATH, requests, width: WIDTH });
    await server.usage();
    delivered += calls;
    const startMs = performance.now();
    const all = receiver.waitFor(delivered);
    await setQueues(server.port, 'resume');
    await all;
    return { seconds: (performance.now() - startMs) / 1_000 };
  });
  print(`  connections opened: ${receiver.connections()} for ${delivered} deliveries`);
  receiver.close();
}

async function measure(
  kind: ServerKind,
  title: string,
  run: (server: ServerProcess) => Promise<{ seconds: number; latenciesMs?: Float64Array }>,
): Promise<number> {
  const server = await ServerProcess.start(kind);
  let best = { cpuMicros: Number.POSITIVE_INFINITY, perSecond: 0, p50Ms: Number.NaN };
  for (let round = 0; round < rounds; round++) {
    await server.usage();
    const { seconds, latenciesMs } = await run(server);
    const cpuMicros = (await server.usage()).cpuMicros / calls;
    const p50Ms = latenciesMs?.[Math.floor(latenciesMs.length / 2)] ?? Number.NaN;
    if (cpuMicros < best.cpuMicros) best = { cpuMicros, perSecond: calls / seconds, p50Ms };
  }
  const { residentBytes } = await server.usage();
  await server.stop();
  const cells = [
    title.padEnd(22),
    `${best.cpuMicros.toFixed(1).padStart(7)} µs CPU`,
    `${Math.round(best.perSecond).toLocaleString('en').padStart(7)}/s`,
    Number.isNaN(best.p50Ms) ? '' : `p50 ${best.p50Ms.toFixed(2)} ms`,
    `${Math.round(residentBytes / 1_048_576)} MiB`,
    `×${(best.cpuMicros / (Number.isNaN(baseline) ? best.cpuMicros : baseline)).toFixed(2)} of grpc-js`,
  ];
  print(cells.join('  '));
  return best.cpuMicros;
}

async function setQueues(port: number, action: 'pause' | 'resume'): Promise<void> {
  for (let index = 0; index < QUEUE_COUNT; index++) {
    const queue = `projects/${PROJECT}/locations/${LOCATION}/queues/${queueId(index)}`;
    const response = await fetch(`http://127.0.0.1:${port}/v2/${queue}:${action}`, {
      method: 'POST',
      body: '{}',
    });
    if (!response.ok)
      throw new Error(`${action} of ${queue} gave ${response.status}: ${await response.text()}`);
    await response.arrayBuffer();
  }
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
