import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startCloudTasksEmulator } from '../src/index.ts';
import { createClient, PARENT, startTestEmulator, type TestEmulator } from './support/emulator.ts';
import { type Receiver, startReceiver } from './support/receiver.ts';

const QUEUE = `${PARENT}/queues/q`;
const DECLARED = { project: 'demo', location: 'us-central1' } as const;

describe('settings for developers', () => {
  let receiver: Receiver;
  let test: TestEmulator;

  before(async () => {
    receiver = await startReceiver();
  });
  after(() => receiver.close());
  afterEach(() => test.close());

  it('autoCreateQueues creates the queue of a task, and of nothing else', async () => {
    test = await startTestEmulator({ autoCreateQueues: true });
    await assert.rejects(test.client.getQueue({ name: QUEUE }), { code: 5 });
    const httpRequest = { url: receiver.url };
    await test.client.createTask({ parent: QUEUE, task: { httpRequest } });
    await test.emulator.whenIdle();
    const [queue] = await test.client.getQueue({ name: QUEUE });
    assert.equal(queue.rateLimits?.maxDispatchesPerSecond, 500);
    await assert.rejects(
      test.client.createTask({ parent: 'projects/demo/locations/nowhere/queues/q', task: { httpRequest } }),
      { code: 3 },
    );
  });

  it('refuses a task for a missing queue without autoCreateQueues', async () => {
    test = await startTestEmulator();
    const task = { httpRequest: { url: receiver.url } };
    await assert.rejects(test.client.createTask({ parent: QUEUE, task }), { code: 5 });
  });

  it('maxAttempts caps a queue without limit, and leaves a lower limit alone', async () => {
    const settings = { minBackoffMicros: 1_000, maxBackoffMicros: 1_000 };
    test = await startTestEmulator({
      maxAttempts: 3,
      queues: {
        ...DECLARED,
        list: [
          { name: 'q', settings: { ...settings, maxAttempts: -1, maxRetryDurationMicros: 3_600_000_000 } },
          { name: 'low', settings: { ...settings, maxAttempts: 2 } },
        ],
      },
    });
    receiver.answer(500);
    for (const [queue, attempts] of [
      ['q', 3],
      ['low', 2],
    ] as const) {
      const dropped = once(test.emulator.events, 'taskDropped');
      const task = { httpRequest: { url: receiver.url } };
      await test.client.createTask({ parent: `${PARENT}/queues/${queue}`, task });
      const [event] = await dropped;
      assert.equal(event.attempts, attempts);
    }
    const [{ retryConfig }] = await test.client.getQueue({ name: QUEUE });
    assert.equal(retryConfig?.maxAttempts, -1);
    receiver.answer(200);
  });
});

describe('a queue file that changes', () => {
  let folder: string;
  let file: string;
  let test: TestEmulator;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'queues-'));
    file = join(folder, 'queue.yaml');
  });
  afterEach(async () => {
    await test.close();
    rmSync(folder, { recursive: true });
  });

  const start = (text: string) => {
    writeFileSync(file, text);
    return startTestEmulator({ queues: { ...DECLARED, file, watch: true } });
  };
  const change = async (text: string) => {
    const changed = once(test.emulator.events, 'queueFileChanged');
    // As editors save: a new file takes the place of the old one.
    writeFileSync(`${file}.new`, text);
    renameSync(`${file}.new`, file);
    const [event] = await changed;
    return event as { queues: number; error?: Error };
  };
  const queue = async (name: string) => {
    const [found] = await test.client.getQueue({ name: `${PARENT}/queues/${name}` });
    return found;
  };

  it('queue.yaml updates, pauses and resumes as gcloud app deploy does', async () => {
    test = await start('queue:\n- {name: a, rate: 5/s}\n- {name: b, rate: 30/m, bucket_size: 7}\n');
    const b = await queue('b');
    assert.deepEqual([b.rateLimits?.maxDispatchesPerSecond, b.rateLimits?.maxBurstSize], [0.5, 7]);
    await test.client.createQueue({ parent: PARENT, queue: { name: `${PARENT}/queues/own` } });
    assert.equal((await change('queue:\n- {name: a, rate: 9/s}\n- {name: c, rate: 0}\n')).queues, 2);
    assert.equal((await queue('a')).rateLimits?.maxDispatchesPerSecond, 9);
    assert.deepEqual(
      [
        (await queue('a')).state,
        (await queue('b')).state,
        (await queue('c')).state,
        (await queue('own')).state,
      ],
      ['RUNNING', 'PAUSED', 'PAUSED', 'RUNNING'],
    );
    await change('queue:\n- {name: b, rate: 1/s}\n- {name: c, rate: 1/s}\n');
    assert.deepEqual(
      [(await queue('a')).state, (await queue('b')).state, (await queue('c')).state],
      ['PAUSED', 'RUNNING', 'RUNNING'],
    );
  });

  const stateOf = async (name: string) => (await queue(name)).state;

  it('an edit of another line keeps what a person paused or resumed', async () => {
    test = await start('queue:\n- {name: a, rate: 5/s}\n- {name: b, rate: 0}\n- {name: c, rate: 5/s}\n');
    await test.client.pauseQueue({ name: `${PARENT}/queues/a` });
    await test.client.resumeQueue({ name: `${PARENT}/queues/b` });
    await change('queue:\n- {name: a, rate: 6/s}\n- {name: b, rate: 0}\n- {name: c, rate: 7/s}\n');
    assert.deepEqual([await stateOf('a'), await stateOf('b')], ['PAUSED', 'RUNNING']);
    assert.equal((await queue('a')).rateLimits?.maxDispatchesPerSecond, 6);
    await change('queue:\n- {name: a, rate: 0}\n- {name: b, rate: 5/s}\n');
    await change('queue:\n- {name: a, rate: 5/s}\n- {name: b, rate: 5/s}\n');
    assert.deepEqual(
      [await stateOf('a'), await stateOf('b'), await stateOf('c')],
      ['RUNNING', 'RUNNING', 'PAUSED'],
    );
  });

  it('a queue.yaml without the queue default leaves it running', async () => {
    test = await start('queue:\n- {name: default, rate: 5/s}\n- {name: a, rate: 5/s}\n');
    await change('queue:\n- {name: b, rate: 5/s}\n');
    assert.deepEqual([await stateOf('default'), await stateOf('a')], ['RUNNING', 'PAUSED']);
  });

  it('resume_paused_queues: False keeps paused what the file paused', async () => {
    test = await start('queue:\n- {name: a, rate: 0}\n');
    await change('resume_paused_queues: False\nqueue:\n- {name: a, rate: 5/s}\n');
    assert.deepEqual(
      [await stateOf('a'), (await queue('a')).rateLimits?.maxDispatchesPerSecond],
      ['PAUSED', 5],
    );
  });

  it('a queues.yaml pauses and resumes by its lines on state', async () => {
    test = await start('queues:\n- {name: a}\n- {name: b, state: PAUSED}\n');
    await change('queues:\n- {name: a, state: PAUSED}\n- {name: b}\n');
    assert.deepEqual([await stateOf('a'), await stateOf('b')], ['PAUSED', 'RUNNING']);
  });

  it('an update over the API computes the burst size of a queue.yaml queue anew', async () => {
    test = await start('queue:\n- {name: a, rate: 5/s, bucket_size: 40}\n');
    const name = `${PARENT}/queues/a`;
    const [updated] = await test.client.updateQueue({
      queue: { name, rateLimits: { maxDispatchesPerSecond: 100 } },
      updateMask: { paths: ['rate_limits.max_dispatches_per_second'] },
    });
    assert.equal(updated.rateLimits?.maxBurstSize, 20);
  });

  it('with problems changes nothing, and says so', async () => {
    test = await start('queue:\n- {name: a, rate: 5/s}\n');
    const { error } = await change('queue:\n- {name: a, rate: fast}\n');
    assert.match(error?.message ?? '', /line 2: rate must be/);
    assert.equal((await queue('a')).rateLimits?.maxDispatchesPerSecond, 5);
    assert.equal((await change('queue:\n- {name: a, rate: 6/s}\n')).error, undefined);
    assert.equal((await queue('a')).rateLimits?.maxDispatchesPerSecond, 6);
  });

  it('queues.yaml updates its queues, and keeps their states', async () => {
    test = await start('queues:\n- {name: a, rateLimits: {maxDispatchesPerSecond: 5}}\n- {name: b}\n');
    await test.client.pauseQueue({ name: `${PARENT}/queues/a` });
    await change('queues:\n- {name: a, rateLimits: {maxDispatchesPerSecond: 6}}\n');
    const a = await queue('a');
    assert.deepEqual([a.rateLimits?.maxDispatchesPerSecond, a.state], [6, 'PAUSED']);
    assert.equal((await queue('b')).state, 'RUNNING');
  });
});

describe('startCloudTasksEmulator()', () => {
  it('needs no options, and closes at the end of its block', async () => {
    let port: number;
    {
      await using emulator = await startCloudTasksEmulator();
      port = emulator.port;
      const client = createClient(port);
      await client.createQueue({ parent: PARENT, queue: { name: QUEUE } });
      await client.close();
    }
    await assert.rejects(fetch(`http://127.0.0.1:${port}/emulator/health`));
  });
});
