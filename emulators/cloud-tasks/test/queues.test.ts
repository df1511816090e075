import assert from 'node:assert/strict';
import { advance, PARENT, startTestEmulator, type TestEmulator } from './support/emulator.ts';
import { type Receiver, startReceiver } from './support/receiver.ts';

const NAME = `${PARENT}/queues/orders`;
const MISSING =
  '5 NOT_FOUND: Queue does not exist. If you just created the queue, wait at least a minute for the queue to initialize.';
const DAY_MS = 24 * 3_600_000;

describe('queues', () => {
  let test: TestEmulator;
  let receiver: Receiver;

  beforeEach(async () => {
    receiver = await startReceiver();
    test = await startTestEmulator();
  });
  afterEach(async () => {
    await test.close();
    await receiver.close();
  });

  const create = (queue: object = {}) =>
    test.client.createQueue({ parent: PARENT, queue: { name: NAME, ...queue } });
  const createTask = (id?: string, task: object = {}) =>
    test.client.createTask({
      parent: NAME,
      task: {
        ...(id && { name: `${NAME}/tasks/${id}` }),
        httpRequest: { url: `${receiver.url}/${id ?? ''}` },
        ...task,
      },
    });

  it('read back with every default, running', async () => {
    const [queue] = await create();
    assert.equal(queue.name, NAME);
    assert.equal(queue.state, 'RUNNING');
    assert.deepEqual(queue.rateLimits, {
      maxDispatchesPerSecond: 500,
      maxBurstSize: 100,
      maxConcurrentDispatches: 1000,
    });
    assert.deepEqual(queue.retryConfig, {
      maxAttempts: 100,
      maxRetryDuration: null,
      minBackoff: { seconds: '0', nanos: 100_000_000 },
      maxBackoff: { seconds: '3600', nanos: 0 },
      maxDoublings: 16,
    });
    assert.equal(queue.purgeTime, null);
    assert.deepEqual((await test.client.getQueue({ name: NAME }))[0], queue);
  });

  it('start paused where their declaration says so', async () => {
    const paused = await startTestEmulator({
      queues: {
        project: 'demo',
        location: 'us-central1',
        list: [
          { name: 'orders', settings: {}, state: 'PAUSED' },
          { name: 'mails', settings: {} },
        ],
      },
    });
    try {
      const [queues] = await paused.client.listQueues({ parent: PARENT });
      assert.deepEqual(
        queues.map(({ state }) => state),
        ['RUNNING', 'PAUSED'],
      );
    } finally {
      await paused.close();
    }
  });

  it('take zero for "not set", ignore output-only fields, and derive the burst from the rate', async () => {
    const [queue] = await create({
      state: 'PAUSED',
      rateLimits: { maxDispatchesPerSecond: 1, maxBurstSize: -7, maxConcurrentDispatches: 0 },
      retryConfig: { maxAttempts: 0, maxDoublings: 0, minBackoff: { seconds: 0 } },
    });
    assert.equal(queue.state, 'RUNNING');
    assert.deepEqual(queue.rateLimits, {
      maxDispatchesPerSecond: 1,
      maxBurstSize: 10,
      maxConcurrentDispatches: 1000,
    });
    assert.equal(queue.retryConfig?.maxAttempts, 100);
    assert.equal(queue.retryConfig?.maxDoublings, 16);
    assert.deepEqual(queue.retryConfig?.minBackoff, { seconds: '0', nanos: 100_000_000 });
  });

  it('keep what they were given', async () => {
    const given = {
      rateLimits: { maxDispatchesPerSecond: 0.5, maxConcurrentDispatches: 5000 },
      retryConfig: {
        maxAttempts: -1,
        maxRetryDuration: { seconds: '90', nanos: 0 },
        minBackoff: { seconds: '0', nanos: 250_000_000 },
        maxBackoff: { seconds: '7', nanos: 0 },
        maxDoublings: 3,
      },
      stackdriverLoggingConfig: { samplingRatio: 0.25 },
      appEngineRoutingOverride: { service: 'worker', version: 'v1' },
    };
    const [queue] = await create(given);
    assert.deepEqual(queue.retryConfig, given.retryConfig);
    assert.deepEqual(queue.stackdriverLoggingConfig, given.stackdriverLoggingConfig);
    assert.equal(queue.rateLimits?.maxDispatchesPerSecond, 0.5);
    assert.equal(queue.rateLimits?.maxConcurrentDispatches, 5000);
    assert.deepEqual(queue.appEngineRoutingOverride, {
      service: 'worker',
      version: 'v1',
      instance: '',
      host: 'v1.worker.demo.uc.r.appspot.com',
    });
  });

  const refused: [title: string, queue: object, text: string][] = [
    [
      'a rate above 500',
      { rateLimits: { maxDispatchesPerSecond: 501 } },
      'RateLimits.maxDispatchesPerSecond must be less than or equal to 500.',
    ],
    [
      'a negative rate',
      { rateLimits: { maxDispatchesPerSecond: -1 } },
      'RateLimits.maxDispatchesPerSecond cannot be negative.',
    ],
    [
      'a rate that is no number',
      { rateLimits: { maxDispatchesPerSecond: Number.NaN } },
      'RateLimits.maxDispatchesPerSecond must be a finite number.',
    ],
    [
      'a concurrency above 5000',
      { rateLimits: { maxConcurrentDispatches: 5001 } },
      'RateLimits.maxConcurrentDispatches must be less than or equal to 5000.',
    ],
    [
      'a negative concurrency',
      { rateLimits: { maxConcurrentDispatches: -1 } },
      'RateLimits.maxConcurrentDispatches cannot be negative.',
    ],
    [
      'attempts below -1',
      { retryConfig: { maxAttempts: -2 } },
      'RetryConfig.maxAttempts must be greater or equal to -1.',
    ],
    [
      'negative doublings',
      { retryConfig: { maxDoublings: -1 } },
      'RetryConfig.maxDoublings cannot be negative.',
    ],
    [
      'a negative backoff',
      { retryConfig: { minBackoff: { seconds: -1 } } },
      'RetryConfig.minBackoff cannot be negative.',
    ],
    [
      'a least backoff above the longest',
      { retryConfig: { minBackoff: { seconds: 10 }, maxBackoff: { seconds: 5 } } },
      'RetryConfig.minBackoff must be less than or equal to RetryConfig.maxBackoff.',
    ],
    [
      'a name outside of the parent',
      { name: 'projects/other/locations/us-central1/queues/orders' },
      `projects/other/locations/us-central1/queues/orders must begin with ${PARENT}.`,
    ],
  ];
  for (const [title, queue, text] of refused) {
    it(`refuse ${title}`, async () => {
      await assert.rejects(create(queue), { code: 3, message: `3 INVALID_ARGUMENT: ${text}` });
    });
  }

  it('refuse a malformed name, with a link to what a name is', async () => {
    for (const name of ['orders', `${PARENT}/queues`, `${PARENT}/queues/a/b`]) {
      await assert.rejects(
        create({ name }),
        (error: { code: number; details: string; statusDetails: unknown }) => {
          assert.equal(error.code, 3);
          assert.equal(
            error.details,
            'Queue name must be formatted: "projects/<PROJECT_ID>/locations/<LOCATION_ID>/queues/<QUEUE_ID>".',
          );
          assert.deepEqual(JSON.parse(JSON.stringify(error.statusDetails)), [
            {
              links: [
                {
                  description: 'Definition of queue name',
                  url: 'https://cloud.google.com/tasks/docs/reference/rest/v2/projects.locations.queues#Queue.FIELDS.name',
                },
              ],
            },
          ]);
          return true;
        },
      );
    }
  });

  it('refuse a location that is none, and a malformed parent', async () => {
    const parent = 'projects/demo/locations/atlantis';
    const text = "Location 'atlantis' is not a valid location. Use ListLocations to list valid locations.";
    await assert.rejects(test.client.createQueue({ parent, queue: { name: `${parent}/queues/orders` } }), {
      code: 3,
      details: text,
    });
    await assert.rejects(test.client.listQueues({ parent }), { code: 3, details: text });
    await assert.rejects(test.client.listQueues({ parent: 'nowhere' }), {
      code: 7,
      details: 'Permission denied on resource project nowhere.',
    });
  });

  it('exist once', async () => {
    await create();
    await assert.rejects(create(), { code: 6, message: '6 ALREADY_EXISTS: Queue already exists' });
  });

  it('are listed by location, in the order of their names, in pages that deletions do not upset', async () => {
    for (const id of ['d', 'b', 'a', 'c', 'e']) await create({ name: `${PARENT}/queues/${id}` });
    const elsewhere = 'projects/demo/locations/europe-west1';
    await test.client.createQueue({ parent: elsewhere, queue: { name: `${elsewhere}/queues/z` } });
    const ids = (queues: { name?: string | null }[]) => queues.map(({ name }) => name?.split('/').at(-1));
    const page = (pageToken = '') =>
      test.client.listQueues({ parent: PARENT, pageSize: 2, pageToken }, { autoPaginate: false });
    assert.deepEqual(ids((await test.client.listQueues({ parent: PARENT }))[0]), ['a', 'b', 'c', 'd', 'e']);
    const [first, , { nextPageToken }] = await page();
    assert.deepEqual(ids(first), ['a', 'b']);
    await test.client.deleteQueue({ name: `${PARENT}/queues/a` });
    const [second, , { nextPageToken: last }] = await page(nextPageToken ?? '');
    assert.deepEqual(ids(second), ['c', 'd']);
    const [third, , end] = await page(last ?? '');
    assert.deepEqual(ids(third), ['e']);
    const [none, , { nextPageToken: noToken }] = await page(end.nextPageToken ?? '');
    assert.deepEqual([none, noToken], [[], '']);
  });

  it('are listed by a filter', async () => {
    await create();
    await create({ name: `${PARENT}/queues/slow`, rateLimits: { maxDispatchesPerSecond: 5 } });
    await test.client.pauseQueue({ name: NAME });
    const list = async (filter: string) => {
      const [queues] = await test.client.listQueues({ parent: PARENT, filter });
      return queues.map(({ name }) => name?.split('/').at(-1));
    };
    assert.deepEqual(await list('state: PAUSED'), ['orders']);
    assert.deepEqual(await list('state != PAUSED AND rate_limits.max_dispatches_per_second <= 5'), ['slow']);
    await assert.rejects(list('state PAUSED'), { code: 3 });
  });

  it('are found by no call once they are deleted, and their name is free after 7 days', async () => {
    await create();
    await createTask('t', { scheduleTime: { seconds: test.clock.nowMs() / 1000 + 60 } });
    await test.client.deleteQueue({ name: NAME });
    for (const call of [
      () => test.client.getQueue({ name: NAME }),
      () => test.client.pauseQueue({ name: NAME }),
      () => test.client.resumeQueue({ name: NAME }),
      () => test.client.purgeQueue({ name: NAME }),
      () => test.client.listTasks({ parent: NAME }),
      () => createTask(),
    ]) {
      await assert.rejects(call(), { code: 5, message: MISSING });
    }
    await assert.rejects(test.client.deleteQueue({ name: NAME }), {
      message: '5 NOT_FOUND: Requested entity was not found.',
    });
    advance(test.clock, 7 * DAY_MS - 60_000);
    await assert.rejects(create(), {
      code: 9,
      details: 'The queue cannot be created because a queue with this name existed too recently.',
    });
    advance(test.clock, 60_000);
    await create();
    assert.deepEqual((await test.client.listTasks({ parent: NAME }))[0], []);
  });

  describe('UpdateQueue', () => {
    const update = (queue: object, paths?: string[]) =>
      test.client.updateQueue({ queue: { name: NAME, ...queue }, ...(paths && { updateMask: { paths } }) });

    it('creates a queue that is not there', async () => {
      const [queue] = await update({ rateLimits: { maxDispatchesPerSecond: 5 } }, ['rate_limits']);
      assert.equal(queue.rateLimits?.maxDispatchesPerSecond, 5);
      assert.equal((await test.client.getQueue({ name: NAME }))[0].state, 'RUNNING');
    });

    it('touches only the fields that the mask names', async () => {
      await create({
        rateLimits: { maxDispatchesPerSecond: 7 },
        retryConfig: { maxAttempts: 9, maxDoublings: 2 },
      });
      const change = { rateLimits: { maxDispatchesPerSecond: 50 }, retryConfig: { maxAttempts: 4 } };
      const [first] = await update(change, ['rate_limits.max_dispatches_per_second']);
      assert.equal(first.rateLimits?.maxDispatchesPerSecond, 50);
      assert.equal(first.rateLimits?.maxBurstSize, 10);
      assert.equal(first.retryConfig?.maxAttempts, 9);
      const [second] = await update(change, ['retry_config.max_attempts']);
      assert.equal(second.retryConfig?.maxAttempts, 4);
      assert.equal(second.retryConfig?.maxDoublings, 2);
      const [third] = await update({}, ['retry_config.max_attempts']);
      assert.equal(third.retryConfig?.maxAttempts, 100);
      const [fourth] = await update({ appEngineRoutingOverride: { service: 'worker', version: 'v1' } }, [
        'app_engine_routing_override.service',
      ]);
      assert.equal(fourth.appEngineRoutingOverride?.host, 'worker.demo.uc.r.appspot.com');
    });

    it('replaces all settings without a mask, but not the state', async () => {
      await create({ retryConfig: { maxAttempts: 9 } });
      await test.client.pauseQueue({ name: NAME });
      const [queue] = await update({ state: 'RUNNING', rateLimits: { maxDispatchesPerSecond: 3 } });
      assert.equal(queue.state, 'PAUSED');
      assert.equal(queue.rateLimits?.maxDispatchesPerSecond, 3);
      assert.equal(queue.retryConfig?.maxAttempts, 100);
    });

    it('refuses a mask with an unknown path, and bad values, changing nothing', async () => {
      await create();
      await assert.rejects(update({}, ['rateLimits.speed']), { code: 3 });
      await assert.rejects(update({ rateLimits: { maxDispatchesPerSecond: 900 } }), { code: 3 });
      assert.equal((await test.client.getQueue({ name: NAME }))[0].rateLimits?.maxDispatchesPerSecond, 500);
    });

    it('applies a higher concurrency to tasks that wait already', async () => {
      await create({ rateLimits: { maxConcurrentDispatches: 1 } });
      const release: (() => void)[] = [];
      receiver.answer((_request, response) => release.push(() => response.end()));
      for (const id of ['a', 'b', 'c']) await createTask(id);
      await receiver.waitFor(1);
      await update({ rateLimits: { maxConcurrentDispatches: 3 } }, ['rate_limits.max_concurrent_dispatches']);
      await receiver.waitFor(3);
      for (const end of release) end();
      await test.emulator.whenIdle();
    });
  });

  it('pause and resume: a backlog waits, then is sent; both calls can be repeated', async () => {
    await create();
    await test.client.pauseQueue({ name: NAME });
    const [paused] = await test.client.pauseQueue({ name: NAME });
    assert.equal(paused.state, 'PAUSED');
    for (let count = 0; count < 20; count += 1) await createTask();
    // Nothing is about to be sent, so this resolves although 20 tasks are due.
    await test.emulator.whenIdle();
    assert.equal(receiver.received.length, 0);
    const [running] = await test.client.resumeQueue({ name: NAME });
    assert.equal(running.state, 'RUNNING');
    await test.client.resumeQueue({ name: NAME });
    await receiver.waitFor(20);
    await test.client.pauseQueue({ name: NAME });
    await test.client.deleteQueue({ name: NAME });
  });

  it('purge: all tasks go, due, waiting and retrying; their names stay reserved', async () => {
    await create({ retryConfig: { minBackoff: { seconds: 60 } } });
    receiver.answer(500);
    const inAnHour = { seconds: Math.floor(test.clock.nowMs() / 1000) + 3600 };
    await createTask('later', { scheduleTime: inAnHour });
    await createTask('retrying');
    await test.emulator.whenIdle();
    const [purged] = await test.client.purgeQueue({ name: NAME });
    assert.ok(Math.abs(Number(purged.purgeTime?.seconds) - test.clock.nowMs() / 1000) < 60);
    assert.deepEqual((await test.client.listTasks({ parent: NAME }))[0], []);
    await assert.rejects(createTask('later'), { code: 6 });
    advance(test.clock, DAY_MS);
    await test.emulator.whenIdle();
    assert.equal(receiver.received.length, 1);
    await createTask('later');
    await receiver.waitFor(2);
  });
});

describe('locations', () => {
  it('are listed and found by the client', async () => {
    const test = await startTestEmulator();
    try {
      const ids: unknown[] = [];
      for await (const location of test.client.listLocationsAsync({ name: 'projects/demo' })) {
        ids.push(location.locationId);
      }
      assert.ok(ids.includes('us-central1') && ids.includes('europe-west1'));
      // Its type says that it is the location itself; it comes as the other calls' answers do.
      const [location] = (await test.client.getLocation({ name: PARENT })) as unknown as [
        { name: string; labels: object },
      ];
      assert.equal(location.name, PARENT);
      assert.deepEqual(location.labels, { 'cloud.googleapis.com/region': 'us-central1' });
      await assert.rejects(test.client.getLocation({ name: 'projects/demo/locations/atlantis' }), {
        code: 5,
      });
    } finally {
      await test.close();
    }
  });
});

describe('calls with a deadline beyond 30 seconds', () => {
  it('are refused', async () => {
    const test = await startTestEmulator();
    try {
      await assert.rejects(test.client.listQueues({ parent: PARENT }, { timeout: 120_000 }), {
        code: 3,
        details: /^The request deadline is .*The deadline cannot be more than 30s in the future\.$/,
      });
    } finally {
      await test.close();
    }
  });
});
