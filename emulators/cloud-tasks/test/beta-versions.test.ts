import assert from 'node:assert/strict';
import { advance, PARENT, startTestEmulator, type TestEmulator } from './support/emulator.ts';
import { type Receiver, startReceiver } from './support/receiver.ts';
import { grpcTransport, restTransport, type Transport } from './support/transports.ts';

const URL = 'http://127.0.0.1:9';

describe('the beta versions', () => {
  let test: TestEmulator;
  let receiver: Receiver;
  let beta3: Transport[];
  let beta2: Transport[];
  let v2: Transport;
  let count = 0;

  before(async () => {
    test = await startTestEmulator();
    receiver = await startReceiver();
    const { port } = test.emulator;
    v2 = restTransport(port);
    beta3 = [grpcTransport(port, 'v2beta3'), restTransport(port, 'v2beta3')];
    beta2 = [grpcTransport(port, 'v2beta2'), restTransport(port, 'v2beta2')];
  });
  after(async () => {
    for (const transport of [...beta3, ...beta2]) transport.close();
    await receiver.close();
    await test.close();
  });

  const newQueue = (): string => `${PARENT}/queues/beta-${++count}`;
  const create = async (transport: Transport, queue: object) => {
    const { json, message } = await transport.call('CreateQueue', { parent: PARENT, queue });
    assert.equal(message, '');
    return json;
  };
  const update = (transport: Transport, queue: object, paths: string[]) =>
    transport.call('UpdateQueue', {
      queue,
      updateMask:
        transport.name === 'gRPC'
          ? { paths }
          : paths.join(',').replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
    });
  const seconds = ({ name }: Transport, value: number) =>
    name === 'gRPC' ? { seconds: value } : `${value}s`;

  it('v2beta3 shows a queue with its type and times to live', async () => {
    for (const transport of beta3) {
      const name = newQueue();
      const routing = { service: 'worker', version: 'v1' };
      const created = await create(transport, {
        name,
        appEngineHttpQueue: { appEngineRoutingOverride: routing },
      });
      assert.deepEqual(created, {
        name,
        appEngineHttpQueue: {
          appEngineRoutingOverride: { ...routing, host: 'v1.worker.demo.uc.r.appspot.com' },
        },
        rateLimits: { maxDispatchesPerSecond: 500, maxBurstSize: 100, maxConcurrentDispatches: 1000 },
        retryConfig: { maxAttempts: 100, minBackoff: '0.100s', maxBackoff: '3600s', maxDoublings: 16 },
        state: 'RUNNING',
        taskTtl: '2678400s',
        tombstoneTtl: '3600s',
        type: 'PUSH',
      });
      const seen = (await v2.call('GetQueue', { name })).json;
      assert.deepEqual(seen.appEngineRoutingOverride, {
        ...routing,
        host: 'v1.worker.demo.uc.r.appspot.com',
      });
      assert.equal(seen.taskTtl, undefined);
      assert.match((await transport.call('PurgeQueue', { name })).json.purgeTime, /Z$/);
      assert.equal((await transport.call('PauseQueue', { name })).json.state, 'PAUSED');
    }
  });

  it('v2beta2 shows a queue by its own names', async () => {
    for (const transport of beta2) {
      const name = newQueue();
      const created = await create(transport, {
        name,
        rateLimits: { maxTasksDispatchedPerSecond: 50, maxConcurrentTasks: 7 },
        retryConfig: { unlimitedAttempts: true },
      });
      assert.deepEqual(created, {
        name,
        appEngineHttpTarget: {},
        rateLimits: { maxTasksDispatchedPerSecond: 50, maxBurstSize: 10, maxConcurrentTasks: 7 },
        retryConfig: {
          unlimitedAttempts: true,
          minBackoff: '0.100s',
          maxBackoff: '3600s',
          maxDoublings: 16,
        },
        state: 'RUNNING',
        taskTtl: '2678400s',
        tombstoneTtl: '3600s',
      });
      const seen = (await v2.call('GetQueue', { name })).json;
      assert.equal(seen.retryConfig.maxAttempts, -1);
      assert.deepEqual(seen.rateLimits, {
        maxDispatchesPerSecond: 50,
        maxBurstSize: 10,
        maxConcurrentDispatches: 7,
      });
      const paths = ['rate_limits.max_concurrent_tasks', 'app_engine_http_target'];
      const changed = await update(
        transport,
        {
          name,
          rateLimits: { maxConcurrentTasks: 8 },
          appEngineHttpTarget: { appEngineRoutingOverride: { service: 'a' } },
        },
        paths,
      );
      assert.equal(changed.json.rateLimits.maxConcurrentTasks, 8);
      assert.equal(changed.json.rateLimits.maxTasksDispatchedPerSecond, 50);
      assert.equal(changed.json.appEngineHttpTarget.appEngineRoutingOverride.service, 'a');
      for (const path of ['rate_limits.max_concurrent_dispatches', 'app_engine_routing_override', 'bogus']) {
        const { code } = await update(transport, { name }, [path]);
        assert.equal(code, 'INVALID_ARGUMENT', path);
      }
      const filter = 'rate_limits.max_concurrent_tasks = 8';
      const { json } = await transport.call('ListQueues', { parent: PARENT, filter });
      assert.deepEqual(
        json.queues.map((queue: { name: string }) => queue.name),
        [name],
      );
      await update(transport, { name }, paths);
    }
  });

  it('keep an HTTP target of a queue', async () => {
    const httpTarget = { uriOverride: { host: 'example.com' }, httpMethod: 'PUT' };
    for (const transport of [...beta3, ...beta2]) {
      const name = newQueue();
      assert.deepEqual((await create(transport, { name, httpTarget })).httpTarget, httpTarget);
      assert.deepEqual((await v2.call('GetQueue', { name })).json.httpTarget, httpTarget);
    }
  });

  it('set the burst size, which v2 cannot', async () => {
    for (const transport of beta3) {
      const name = newQueue();
      const created = await create(transport, {
        name,
        rateLimits: { maxDispatchesPerSecond: 5, maxBurstSize: 5 },
      });
      assert.equal(created.rateLimits.maxBurstSize, 5);
      const burst = async (rateLimits: object, ...paths: string[]) =>
        (await update(transport, { name, rateLimits }, paths)).json.rateLimits.maxBurstSize;
      assert.equal(await burst({ maxConcurrentDispatches: 3 }, 'rate_limits.max_concurrent_dispatches'), 5);
      assert.equal(await burst({ maxBurstSize: 7 }, 'rate_limits.max_burst_size'), 7);
      assert.equal(await burst({ maxDispatchesPerSecond: 100 }, 'rate_limits.max_dispatches_per_second'), 20);
      const tooLarge = await update(transport, { name, rateLimits: { maxBurstSize: 501 } }, [
        'rate_limits.max_burst_size',
      ]);
      assert.equal(tooLarge.message, 'RateLimits.maxBurstSize must be less than or equal to 500.');
    }
  });

  it('set times to live, which an update over v2 keeps', async () => {
    for (const transport of beta3) {
      const name = newQueue();
      const ttls = { taskTtl: seconds(transport, 315_360_000), tombstoneTtl: seconds(transport, 777_600) };
      await create(transport, { name });
      const { json } = await update(transport, { name, ...ttls }, ['task_ttl', 'tombstone_ttl']);
      assert.deepEqual([json.taskTtl, json.tombstoneTtl], ['315360000s', '777600s']);
      await v2.call('UpdateQueue', { queue: { name } });
      const kept = (await transport.call('GetQueue', { name })).json;
      assert.deepEqual([kept.taskTtl, kept.tombstoneTtl], ['315360000s', '777600s']);
      assert.equal((await update(v2, { name }, ['task_ttl'])).message, 'Invalid mask: task_ttl');
      const short = { name, tombstoneTtl: seconds(transport, 60) };
      assert.match(
        (await update(transport, short, ['tombstone_ttl'])).message,
        /^Queue\.tombstoneTtl must be/,
      );

      const task = { name: `${name}/tasks/t`, httpRequest: { url: URL } };
      await transport.call('PauseQueue', { name });
      await transport.call('CreateTask', { parent: name, task });
      await transport.call('DeleteTask', { name: task.name });
      advance(test.clock, 2 * 3_600_000);
      assert.equal((await transport.call('CreateTask', { parent: name, task })).code, 'ALREADY_EXISTS');
    }
  });

  it('show statistics where a read mask asks for them', async () => {
    for (const transport of beta3) {
      const name = newQueue();
      await create(transport, { name });
      receiver.answer(200);
      const idle = test.emulator.whenIdle();
      await transport.call('CreateTask', { parent: name, task: { httpRequest: { url: receiver.url } } });
      await idle;
      await test.emulator.whenIdle();
      await transport.call('PauseQueue', { name });
      await transport.call('CreateTask', { parent: name, task: { httpRequest: { url: URL } } });
      const readMask = transport.name === 'gRPC' ? { paths: ['name', 'stats'] } : 'name,stats';
      const { json } = await transport.call('GetQueue', { name, readMask });
      assert.deepEqual(Object.keys(json), ['name', 'stats']);
      assert.match(json.stats.oldestEstimatedArrivalTime, /Z$/);
      assert.deepEqual(
        { ...json.stats, oldestEstimatedArrivalTime: '' },
        {
          tasksCount: '1',
          oldestEstimatedArrivalTime: '',
          executedLastMinuteCount: '1',
          effectiveExecutionRate: 500,
        },
      );
      assert.equal((await transport.call('GetQueue', { name })).json.stats, undefined);
      const listed = await transport.call('ListQueues', {
        parent: PARENT,
        filter: `name: ${name.split('/').at(-1)}`,
        readMask: transport.name === 'gRPC' ? { paths: ['stats.tasks_count'] } : 'stats.tasksCount',
      });
      assert.deepEqual(listed.json.queues[0], { stats: { tasksCount: '1' } });
      const bogus = transport.name === 'gRPC' ? { paths: ['bogus'] } : 'bogus';
      assert.equal(
        (await transport.call('GetQueue', { name, readMask: bogus })).message,
        'Invalid mask: bogus',
      );
    }
  });

  it('see the tasks of the others, in their own form', async () => {
    const queue = newQueue();
    await create(v2, { name: queue });
    await v2.call('PauseQueue', { name: queue });
    const body = Buffer.from('payload').toString('base64');
    const name = `${queue}/tasks/of-v2`;
    const appEngineHttpRequest = { relativeUri: '/work', body };
    await v2.call('CreateTask', { parent: queue, task: { name, appEngineHttpRequest } });
    for (const transport of beta3) {
      const { json } = await transport.call('GetTask', { name, responseView: 'FULL' });
      assert.equal(json.appEngineHttpRequest.relativeUri, '/work');
      assert.equal(json.dispatchDeadline, '600s');
    }
    for (const transport of beta2) {
      const { json } = await transport.call('GetTask', { name, responseView: 'FULL' });
      assert.deepEqual(Object.keys(json), [
        'name',
        'appEngineHttpRequest',
        'scheduleTime',
        'createTime',
        'status',
        'view',
      ]);
      assert.equal(json.appEngineHttpRequest.relativeUrl, '/work');
      assert.equal(json.appEngineHttpRequest.payload, body);
      assert.equal((await transport.call('ListTasks', { parent: queue })).json.tasks[0].name, name);

      const own = `${queue}/tasks/of-v2beta2-${transport.name}`;
      const payload = transport.name === 'gRPC' ? Buffer.from('payload') : body;
      const task = { name: own, appEngineHttpRequest: { relativeUrl: '/own', payload } };
      await transport.call('CreateTask', { parent: queue, task });
      const seen = (await v2.call('GetTask', { name: own, responseView: 'FULL' })).json;
      assert.equal(seen.appEngineHttpRequest.relativeUri, '/own');
      assert.equal(seen.appEngineHttpRequest.body, body);
      await transport.call('DeleteTask', { name: own });
    }
  });

  it('v2beta2 shows the attempts of a task as its status', async () => {
    const [grpc] = beta2;
    const queue = newQueue();
    await create(v2, { name: queue, retryConfig: { minBackoff: '3600s' } });
    receiver.answer(404);
    const ended = new Promise((resolve) => test.emulator.events.once('dispatchEnded', resolve));
    const name = `${queue}/tasks/t`;
    await grpc?.call('CreateTask', { parent: queue, task: { name, httpRequest: { url: receiver.url } } });
    await ended;
    const { status } = (await grpc?.call('GetTask', { name }))?.json ?? assert.fail();
    assert.deepEqual([status.attemptDispatchCount, status.attemptResponseCount], [1, 1]);
    assert.deepEqual(status.lastAttemptStatus.responseStatus, {
      code: 5,
      message: 'NOT_FOUND(5): HTTP status code 404',
    });
    assert.match(status.firstAttemptStatus.dispatchTime, /Z$/);
  });

  it('v2beta3 has batches and operations of its own types', async () => {
    for (const transport of beta3) {
      const name = newQueue();
      await create(transport, { name });
      await transport.call('PauseQueue', { name });
      const requests = [{ parent: name, task: { httpRequest: { url: URL } } }];
      const { json } = await transport.call('BatchCreateTasks', { parent: name, requests });
      const type = 'type.googleapis.com/google.cloud.tasks.v2beta3.BatchCreateTasksMetadata';
      assert.equal(json.metadata['@type'], type);
      assert.equal(json.response.tasks.length, 1);
      assert.deepEqual((await transport.call('GetOperation', { name: json.name })).json, json);
    }
  });

  it('name themselves in the details of refusals', async () => {
    for (const [transport] of [beta3, beta2]) {
      const { details } = (await transport?.call('GetQueue', { name: '' })) ?? assert.fail();
      const version = transport === beta3[0] ? 'v2beta3' : 'v2beta2';
      assert.match(JSON.stringify(details), new RegExp(`google\\.cloud\\.tasks\\.${version}\\.CloudTasks`));
    }
  });

  for (const [method, field, suffix] of [
    ['LeaseTasks', 'parent', ''],
    ['AcknowledgeTask', 'name', '/tasks/t'],
    ['RenewLease', 'name', '/tasks/t'],
    ['CancelLease', 'name', '/tasks/t'],
  ] as const) {
    it(`v2beta2 does not implement ${method}, and says so`, async () => {
      for (const transport of beta2) {
        const { code, message } = await transport.call(method, { [field]: `${PARENT}/queues/q${suffix}` });
        const text = `This emulator doesn't implement google.cloud.tasks.v2beta2.CloudTasks/${method}.`;
        assert.deepEqual([code, message], ['UNIMPLEMENTED', text]);
      }
    });
  }

  it('refuse pull queues and their tasks', async () => {
    for (const [transport, queue] of [
      [beta3[0], { type: 'PULL' }],
      [beta2[0], { pullTarget: {} }],
    ] as const) {
      const name = newQueue();
      const refused = await transport?.call('CreateQueue', { parent: PARENT, queue: { name, ...queue } });
      assert.equal(refused?.code, 'UNIMPLEMENTED');
      assert.match(refused?.message ?? '', /doesn't implement pull queues/);
      await create(v2, { name });
      const task = { pullMessage: { tag: 'a' } };
      assert.equal((await transport?.call('CreateTask', { parent: name, task }))?.code, 'UNIMPLEMENTED');
    }
    const response = await fetch(
      `http://127.0.0.1:${test.emulator.port}/v2beta2/${PARENT}/queues/q/tasks:lease`,
      { method: 'POST' },
    );
    assert.equal(response.status, 501);
  });

  it('list locations', async () => {
    for (const version of ['v2beta3', 'v2beta2']) {
      const response = await fetch(`http://127.0.0.1:${test.emulator.port}/${version}/${PARENT}`);
      assert.equal(((await response.json()) as { name: string }).name, PARENT);
    }
  });

  it('serve what gcloud app deploy queue.yaml calls', async () => {
    const rest = beta3[1] ?? assert.fail();
    const name = newQueue();
    const queue = {
      name,
      rateLimits: { maxBurstSize: 5, maxConcurrentDispatches: 1000, maxDispatchesPerSecond: 0.5 },
      retryConfig: {
        maxAttempts: 6,
        maxRetryDuration: '172800s',
        minBackoff: '10.0s',
        maxBackoff: '300.0s',
        maxDoublings: 4,
      },
      appEngineHttpQueue: { appEngineRoutingOverride: { service: 'worker' } },
      taskTtl: '315360000s',
      tombstoneTtl: '777600s',
    };
    const paths = [
      'rateLimits.maxBurstSize,rateLimits.maxConcurrentDispatches,rateLimits.maxDispatchesPerSecond',
      'retryConfig.maxAttempts,retryConfig.maxRetryDuration,retryConfig.minBackoff,retryConfig.maxBackoff',
      'retryConfig.maxDoublings,appEngineHttpQueue.appEngineRoutingOverride,taskTtl,tombstoneTtl',
    ];
    const { json } = await update(rest, queue, paths);
    assert.deepEqual(json, {
      ...queue,
      state: 'RUNNING',
      type: 'PUSH',
      retryConfig: { ...queue.retryConfig, minBackoff: '10s', maxBackoff: '300s' },
      appEngineHttpQueue: {
        appEngineRoutingOverride: { service: 'worker', host: 'worker.demo.uc.r.appspot.com' },
      },
    });
    assert.equal((await rest.call('PauseQueue', { name })).json.state, 'PAUSED');
    assert.equal((await rest.call('ResumeQueue', { name })).json.state, 'RUNNING');
    const listed = await rest.call('ListQueues', { parent: PARENT });
    assert.ok(listed.json.queues.some((one: { name: string }) => one.name === name));
  });
});

describe('buffered tasks', () => {
  let test: TestEmulator;
  let receiver: Receiver;
  const QUEUE = `${PARENT}/queues/buffered`;

  beforeEach(async () => {
    test = await startTestEmulator();
    receiver = await startReceiver();
    const { port } = new globalThis.URL(receiver.url);
    await restTransport(test.emulator.port).call('CreateQueue', {
      parent: PARENT,
      queue: {
        name: QUEUE,
        httpTarget: {
          uriOverride: { scheme: 'HTTP', host: '127.0.0.1', port, pathOverride: { path: '/in' } },
          httpMethod: 'PUT',
        },
      },
    });
  });
  afterEach(async () => {
    await receiver.close();
    await test.close();
  });

  const buffer = async (version: string, suffix: string, body?: object, queue = QUEUE) => {
    const response = await fetch(
      `http://127.0.0.1:${test.emulator.port}/${version}/${queue}/${suffix}:buffer`,
      {
        method: 'POST',
        ...(body && { body: JSON.stringify(body) }),
      },
    );
    return (await response.json()) as {
      task?: { name: string; httpRequest: { url: string; httpMethod: string } };
      error?: { code: number; message: string };
    };
  };

  it('go where the HTTP target of their queue says, named or not, in every version', async () => {
    for (const [index, version] of ['v2', 'v2beta3', 'v2beta2'].entries()) {
      const body = { contentType: 'text/plain', data: Buffer.from('hello').toString('base64') };
      const named = await buffer(version, `tasks/t-${version}`, { body });
      assert.equal(named.task?.name, `${QUEUE}/tasks/t-${version}`);
      assert.equal(named.task?.httpRequest.httpMethod, 'PUT');
      assert.equal(named.task?.httpRequest.url, `${receiver.url}/in`);
      const requests = await receiver.waitFor(index * 2 + 1);
      const { method, path, headers, body: sent } = requests.at(-1) ?? assert.fail();
      assert.deepEqual(
        [method, path, headers['content-type'], sent.toString()],
        ['PUT', '/in', 'text/plain', 'hello'],
      );
      const unnamed = await buffer(version, 'tasks', {});
      assert.match(unnamed.task?.name ?? '', /\/tasks\/\d{20}$/);
      await receiver.waitFor(index * 2 + 2);
    }
  });

  it('need a queue with an HTTP target', async () => {
    const name = `${PARENT}/queues/plain`;
    await test.client.createQueue({ parent: PARENT, queue: { name } });
    const refused = await buffer('v2', 'tasks', undefined, name);
    assert.equal(refused.error?.code, 400);
    assert.match(refused.error?.message ?? '', /needs a queue with an HTTP target/);
    const missing = await buffer('v2', 'tasks', undefined, `${PARENT}/queues/none`);
    assert.equal(missing.error?.code, 404);
    const badId = await buffer('v2', 'tasks/a.b');
    assert.match(badId.error?.message ?? '', /^Task ID "a\.b"/);
  });
});
