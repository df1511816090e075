import assert from 'node:assert/strict';
import type { CloudTasksEmulatorOptions } from '../src/index.ts';
import { nextEvent, PARENT, startTestEmulator, type TestEmulator } from './support/emulator.ts';
import { type Receiver, startReceiver } from './support/receiver.ts';
import { restTransport } from './support/transports.ts';

const QUEUE = `${PARENT}/queues/throttled`;

describe('throttling', () => {
  let test: TestEmulator;
  let receiver: Receiver;

  beforeEach(async () => {
    receiver = await startReceiver();
  });
  afterEach(async () => {
    await receiver.close();
    await test.close();
  });

  const start = async (throttling?: CloudTasksEmulatorOptions['throttling']): Promise<void> => {
    test = await startTestEmulator(throttling && { throttling });
    await test.client.createQueue({ parent: PARENT, queue: { name: QUEUE } });
  };
  /** Sends a task that fails once. @returns how long the next attempt waits, in milliseconds */
  const waitAfter = async (status: number, retryAfter: string): Promise<number> => {
    receiver.answer((_, response) => response.writeHead(status, { 'retry-after': retryAfter }).end());
    const ended = nextEvent(test.emulator, 'dispatchEnded');
    await test.client.createTask({ parent: QUEUE, task: { httpRequest: { url: receiver.url } } });
    const { retryAtMs } = await ended;
    await test.client.purgeQueue({ name: QUEUE });
    return (retryAtMs ?? 0) - test.clock.nowMs();
  };
  const rate = async (): Promise<number> => {
    const beta = restTransport(test.emulator.port, 'v2beta3');
    const { json } = await beta.call('GetQueue', { name: QUEUE, readMask: 'stats' });
    return json.stats.effectiveExecutionRate;
  };

  it('is off by default', async () => {
    await start();
    assert.ok((await waitAfter(429, '3600')) < 10_000);
    assert.equal(await rate(), 500);
  });

  it('waits as long as Retry-After says, in seconds or as a date', async () => {
    await start({ retryAfter: true });
    for (const status of [429, 503]) {
      const waitMs = await waitAfter(status, '3600');
      assert.ok(waitMs > 3_500_000 && waitMs <= 3_600_000, `${waitMs}`);
    }
    const waitMs = await waitAfter(429, new Date(Date.now() + 3_600_000).toUTCString());
    assert.ok(waitMs > 3_500_000 && waitMs <= 3_601_000, `${waitMs}`);
    assert.ok((await waitAfter(500, '3600')) < 10_000);
    assert.ok((await waitAfter(429, 'soon')) < 10_000);
  });

  it('halves the rate of a queue on 429', async () => {
    await start({ onErrors: true });
    await waitAfter(429, '0');
    assert.equal(await rate(), 250);
  });

  it('starts slowly', async () => {
    await start({ slowStartPerSecond: 5 });
    assert.equal(await rate(), 5);
    assert.ok((await waitAfter(404, '0')) < 10_000);
  });
});
