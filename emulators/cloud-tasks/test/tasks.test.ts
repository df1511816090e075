import assert from 'node:assert/strict';
import { encodedBytes } from '../src/engine/tasks/task-size.ts';
import { advance, PARENT, startTestEmulator, type TestEmulator } from './support/emulator.ts';
import { type Receiver, startReceiver } from './support/receiver.ts';

const QUEUE = `${PARENT}/queues/orders`;
const GONE =
  'The task no longer exists, though a task with this name existed recently. The task either successfully completed or was deleted.';
const TOO_RECENT = /^The task cannot be created because a task with this name existed too recently\./;
const HOUR_MS = 3_600_000;

describe('tasks', () => {
  let test: TestEmulator;
  let receiver: Receiver;

  beforeEach(async () => {
    receiver = await startReceiver();
    test = await startTestEmulator();
    await test.client.createQueue({ parent: PARENT, queue: { name: QUEUE } });
    // Tasks stay where they can be looked at; tests that want them sent resume it.
    await test.client.pauseQueue({ name: QUEUE });
  });
  afterEach(async () => {
    await test.close();
    await receiver.close();
  });

  const create = (task: object = {}, responseView?: 'BASIC' | 'FULL') =>
    test.client.createTask({
      parent: QUEUE,
      task: { httpRequest: { url: receiver.url }, ...task },
      ...(responseView && { responseView }),
    });
  const named = (id: string) => `${QUEUE}/tasks/${id}`;
  const nowSeconds = () => Math.floor(test.clock.nowMs() / 1000);

  it('get a numeric id, and read back with the defaults', async () => {
    const [task] = await create();
    assert.match(task.name ?? '', /^projects\/demo\/locations\/us-central1\/queues\/orders\/tasks\/\d{20}$/);
    assert.equal(task.httpRequest?.httpMethod, 'POST');
    assert.deepEqual(task.httpRequest?.headers, { 'User-Agent': 'Google-Cloud-Tasks' });
    assert.deepEqual(task.dispatchDeadline, { seconds: '600', nanos: 0 });
    assert.equal(task.createTime?.nanos, 0);
    assert.ok(Math.abs(Number(task.scheduleTime?.seconds) - nowSeconds()) <= 1);
    assert.equal(task.dispatchCount, 0);
    assert.equal(task.responseCount, 0);
    assert.equal(task.firstAttempt, null);
    assert.equal(task.lastAttempt, null);
    assert.equal(task.view, 'BASIC');
    assert.deepEqual((await test.client.getTask({ name: task.name ?? '' }))[0], task);
  });

  it('show their body in the FULL view only, for both kinds of target', async () => {
    const body = Buffer.from([0, 1, 254, 255]);
    for (const target of [
      { httpRequest: { url: receiver.url, body, headers: { 'x-Mixed-Case': 'a' } } },
      { httpRequest: undefined, appEngineHttpRequest: { body, headers: { 'x-Mixed-Case': 'a' } } },
    ]) {
      const [basic] = await create(target);
      const [full] = await test.client.getTask({ name: basic.name ?? '', responseView: 'FULL' });
      const shown = basic.httpRequest ?? basic.appEngineHttpRequest;
      assert.equal(shown?.body?.length, 0);
      assert.equal(shown?.headers?.['x-Mixed-Case'], 'a');
      assert.deepEqual(full.httpRequest?.body ?? full.appEngineHttpRequest?.body, body);
      assert.equal(full.view, 'FULL');
      const [list] = await test.client.listTasks({ parent: QUEUE, responseView: 'FULL' });
      assert.ok(list.every((task) => (task.httpRequest ?? task.appEngineHttpRequest)?.body?.length === 4));
    }
    const [created] = await create({ httpRequest: { url: receiver.url, body } }, 'FULL');
    assert.deepEqual(created.httpRequest?.body, body);
  });

  it('with an App Engine target show its host, and the headers that will be sent', async () => {
    const [task] = await create({
      httpRequest: undefined,
      appEngineHttpRequest: {
        body: Buffer.from('hello'),
        headers: { 'user-agent': 'mine/1', 'X-AppEngine-TaskName': 'forged', Host: 'x', 'X-Google-A': 'b' },
        appEngineRouting: { service: 'worker', version: 'v2', instance: '3' },
      },
    });
    assert.deepEqual(task.appEngineHttpRequest?.appEngineRouting, {
      service: 'worker',
      version: 'v2',
      instance: '3',
      host: '3.v2.worker.demo.uc.r.appspot.com',
    });
    assert.equal(task.appEngineHttpRequest?.relativeUri, '/');
    assert.deepEqual(task.appEngineHttpRequest?.headers, {
      'User-Agent': 'mine/1 AppEngine-Google; (+http://code.google.com/appengine)',
      'Content-Length': '5',
      'Content-Type': 'application/octet-stream',
    });
    const [plain] = await create({
      httpRequest: undefined,
      appEngineHttpRequest: { httpMethod: 'GET', headers: { 'CONTENT-type': 'a/b' } },
    });
    assert.equal(plain.appEngineHttpRequest?.appEngineRouting?.host, 'demo.uc.r.appspot.com');
    assert.deepEqual(plain.appEngineHttpRequest?.headers, {
      'CONTENT-type': 'a/b',
      'User-Agent': 'AppEngine-Google; (+http://code.google.com/appengine)',
    });
  });

  it('with an HTTP target lose the headers that the service owns', async () => {
    const headers = {
      host: 'x',
      'content-length': '9',
      'USER-AGENT': 'x',
      'x-google-a': 'x',
      'x-appengine-a': 'x',
      'Content-type': 'text/plain',
    };
    const given = structuredClone(headers);
    const [task] = await create({ httpRequest: { url: receiver.url, headers } });
    assert.deepEqual(task.httpRequest?.headers, {
      'Content-type': 'text/plain',
      'User-Agent': 'Google-Cloud-Tasks',
    });
    assert.deepEqual(headers, given);
  });

  it('are scheduled now where their time has passed, and no more than 30 days ahead', async () => {
    const [past] = await create({ scheduleTime: { seconds: 1_000_000_000 } });
    assert.ok(Math.abs(Number(past.scheduleTime?.seconds) - nowSeconds()) <= 1);
    const edge = { seconds: nowSeconds() + 30 * 24 * 3600, nanos: 0 };
    const [far] = await create({ scheduleTime: edge });
    assert.equal(Number(far.scheduleTime?.seconds), edge.seconds);
    await assert.rejects(create({ scheduleTime: { seconds: edge.seconds + 60 } }), { code: 3 });
    await assert.rejects(create({ scheduleTime: { seconds: 4_102_444_800 } }), {
      code: 3,
      details:
        'The Task.scheduleTime, 2099-12-31T16:00:00-08:00, is too far in the future. Schedule time must be no more than 720h in the future.',
    });
    await assert.rejects(create({ scheduleTime: { seconds: '9223372036854775807' } }), { code: 3 });
    const [fine] = await create({ scheduleTime: { seconds: nowSeconds() + 60, nanos: 123_456_789 } });
    assert.equal(fine.scheduleTime?.nanos, 123_456_000);
  });

  it('take deadlines from 15 seconds to half an hour, or a day for App Engine', async () => {
    const withDeadline = (seconds: number, appEngine = false) =>
      create({
        dispatchDeadline: { seconds },
        ...(appEngine && { httpRequest: undefined, appEngineHttpRequest: {} }),
      });
    for (const seconds of [15, 1800]) await withDeadline(seconds);
    for (const seconds of [15, 86_415]) await withDeadline(seconds, true);
    for (const seconds of [14, 1801, -1]) {
      await assert.rejects(withDeadline(seconds), {
        code: 3,
        details: 'Task.dispatchDeadline must be between [15s, 30m].',
      });
    }
    for (const seconds of [14, 86_416]) {
      await assert.rejects(withDeadline(seconds, true), {
        code: 3,
        details: 'Task.dispatchDeadline must be between [15s, 24h15s].',
      });
    }
    const [task] = await create({ dispatchDeadline: { seconds: 20, nanos: 123_456_789 } });
    assert.deepEqual(task.dispatchDeadline, { seconds: '20', nanos: 123_000_000 });
  });

  const refused: [title: string, task: object, text: RegExp | string][] = [
    ['no target', { httpRequest: undefined }, 'Task.payload_type is not set.'],
    ['no URL', { httpRequest: {} }, 'HttpRequest.url is required.'],
    [
      'a URL that is none',
      { httpRequest: { url: 'not a url' } },
      "HttpTarget.url must start with 'http://' or 'https://'.",
    ],
    ['a URL that is too long', { httpRequest: { url: `http://a/${'x'.repeat(2083)}` } }, /2083/],
    [
      'a token on plain HTTP',
      { httpRequest: { url: 'http://example.com', oidcToken: { serviceAccountEmail: 'a@b' } } },
      "HttpRequest.url must start with 'https://' for request with HttpRequest.authorization_header",
    ],
    [
      'a body with GET',
      { httpRequest: { url: 'http://a', httpMethod: 'GET', body: Buffer.from('x') } },
      'Body can only be set if the http_method is POST, PUT, or PATCH.',
    ],
    [
      'a body with PATCH for App Engine',
      { httpRequest: undefined, appEngineHttpRequest: { httpMethod: 'PATCH', body: Buffer.from('x') } },
      /^AppEngineHttpRequest\.body is allowed only for POST, PUT/,
    ],
    [
      'a relative URI without a slash',
      { httpRequest: undefined, appEngineHttpRequest: { relativeUri: 'tasks' } },
      /^AppEngineHttpRequest\.relativeUri must begin with/,
    ],
    [
      'a relative URI with spaces',
      { httpRequest: undefined, appEngineHttpRequest: { relativeUri: '/a b' } },
      /^AppEngineHttpRequest\.relativeUri/,
    ],
    [
      'a name in another queue',
      { name: `${PARENT}/queues/other/tasks/a` },
      `The queue name from request ('${QUEUE}') must be the same as the queue name in the named task ('${PARENT}/queues/other').`,
    ],
    ['a name that is none', { name: 'my-task' }, /^Task name must be formatted: /],
  ];
  for (const [title, task, details] of refused) {
    it(`refuse ${title}`, async () => {
      await assert.rejects(create(task), { code: 3, details });
      assert.deepEqual((await test.client.listTasks({ parent: QUEUE }))[0], []);
    });
  }

  it('refuse a bad id, with a link to what an id is', async () => {
    for (const id of ['a b', 'ä', 'x'.repeat(501), '']) {
      await assert.rejects(
        create({ name: named(id) }),
        (error: { code: number; details: string; statusDetails: unknown }) => {
          assert.equal(error.code, 3);
          assert.equal(
            error.details,
            `Task ID "${id}" can contain only letters ([A-Za-z]), numbers ([0-9]), hyphens (-), or underscores (_). Task ID must between 1 and 500 characters.`,
          );
          assert.match(JSON.stringify(error.statusDetails), /"Definition of task ID"/);
          return true;
        },
      );
    }
    await create({ name: named(`${'x'.repeat(498)}_-`) });
  });

  it('refuse a request without a task, and a parent that is none', async () => {
    await assert.rejects(test.client.createTask({ parent: QUEUE }), { code: 3 });
    await assert.rejects(test.client.createTask({ parent: 'orders', task: {} }), {
      code: 7,
      details: 'Permission denied on resource project orders.',
    });
  });

  it('take up to 1,048,569 bytes as stored', async () => {
    const scheduleSeconds = nowSeconds() + 3600;
    const bytes = 1_048_000;
    const overhead =
      encodedBytes({
        name: named('sized'),
        target: {
          kind: 'http',
          url: 'http://a/',
          method: 'POST',
          headers: [['User-Agent', 'Google-Cloud-Tasks']],
        },
        body: new Uint8Array(bytes),
        createMicros: nowSeconds() * 1_000_000,
        scheduleMicros: scheduleSeconds * 1_000_000,
      }) - bytes;
    const sized = (bodyBytes: number) =>
      create({
        name: named('sized'),
        scheduleTime: { seconds: scheduleSeconds },
        httpRequest: { url: 'http://a/', body: Buffer.alloc(bodyBytes) },
      });
    await assert.rejects(sized(1_048_570 - overhead), { code: 3, details: 'Task size too large' });
    await sized(1_048_569 - overhead);
  });

  it('have a name of their own while they live', async () => {
    await create({ name: named('once') });
    await assert.rejects(create({ name: named('once') }), {
      code: 6,
      message: '6 ALREADY_EXISTS: Requested entity already exists',
    });
  });

  it('are created once by many creates of one name at the same time', async () => {
    const results = await Promise.allSettled(
      Array.from({ length: 20 }, () => create({ name: named('race') })),
    );
    assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1);
    assert.ok(results.every((result) => result.status === 'fulfilled' || result.reason.code === 6));
  });

  it('leave their name reserved for an hour after success, and after deletion', async () => {
    await create({ name: named('sent') });
    await create({ name: named('deleted') });
    await test.client.deleteTask({ name: named('deleted') });
    await test.client.resumeQueue({ name: QUEUE });
    await receiver.waitFor(1);
    await test.emulator.whenIdle();
    await test.client.pauseQueue({ name: QUEUE });
    for (const id of ['sent', 'deleted']) {
      await assert.rejects(create({ name: named(id) }), { code: 6, details: TOO_RECENT });
      await assert.rejects(test.client.getTask({ name: named(id) }), { code: 5, details: GONE });
    }
    advance(test.clock, HOUR_MS - 30_000);
    await assert.rejects(create({ name: named('sent') }), { code: 6, details: TOO_RECENT });
    advance(test.clock, 30_000);
    for (const id of ['sent', 'deleted']) {
      await assert.rejects(test.client.getTask({ name: named(id) }), {
        code: 5,
        details: 'Requested entity was not found.',
      });
      await create({ name: named(id) });
    }
  });

  it('that are not there are not found', async () => {
    for (const call of [
      () => test.client.getTask({ name: named('nothing') }),
      () => test.client.deleteTask({ name: named('nothing') }),
      () => test.client.runTask({ name: named('nothing') }),
    ]) {
      await assert.rejects(call(), { code: 5, message: '5 NOT_FOUND: Requested entity was not found.' });
    }
    await assert.rejects(test.client.getTask({ name: `${PARENT}/queues/none/tasks/a` }), { code: 5 });
    await assert.rejects(test.client.getTask({ name: 'a' }), { code: 7 });
  });

  it('are listed in pages that deletions do not upset', async () => {
    for (let count = 0; count < 7; count += 1) await create({ name: named(`t${count}`) });
    const seen: unknown[] = [];
    let pageToken = '';
    do {
      const [tasks, , response] = await test.client.listTasks(
        { parent: QUEUE, pageSize: 3, pageToken },
        { autoPaginate: false },
      );
      for (const { name } of tasks) {
        seen.push(name);
        await test.client.deleteTask({ name: name ?? '' });
      }
      pageToken = response.nextPageToken ?? '';
    } while (pageToken !== '');
    assert.equal(new Set(seen).size, 7);
    await assert.rejects(test.client.listTasks({ parent: QUEUE, pageToken: 'made-up' }), { code: 3 });
  });

  it('that are deleted are not sent', async () => {
    const [due] = await create();
    const [later] = await create({ scheduleTime: { seconds: nowSeconds() + 60 } });
    const [kept] = await create({ httpRequest: { url: `${receiver.url}/kept` } });
    await test.client.deleteTask({ name: due.name ?? '' });
    await test.client.deleteTask({ name: later.name ?? '' });
    await test.client.resumeQueue({ name: QUEUE });
    advance(test.clock, 120_000);
    await receiver.waitFor(1);
    await test.emulator.whenIdle();
    assert.deepEqual(
      receiver.received.map(({ path }) => path),
      ['/kept'],
    );
    assert.ok(kept.name);
  });

  it('that are deleted while they wait for the rate are no longer due', async () => {
    await test.client.updateQueue({ queue: { name: QUEUE, rateLimits: { maxDispatchesPerSecond: 0.001 } } });
    await test.client.resumeQueue({ name: QUEUE });
    for (let count = 0; count < 10; count += 1) await create();
    const [eleventh] = await create();
    await receiver.waitFor(10);
    const idle = test.emulator.whenIdle();
    await test.client.deleteTask({ name: eleventh.name ?? '' });
    await idle;
    assert.equal(receiver.received.length, 10);
  });

  it('keep a token for HTTPS targets, with the URL as its audience', async () => {
    const url = 'https://example.com/hook';
    const [oidc] = await create({ httpRequest: { url, oidcToken: { serviceAccountEmail: 'a@b.c' } } });
    assert.deepEqual(oidc.httpRequest?.oidcToken, { serviceAccountEmail: 'a@b.c', audience: url });
    const [oauth] = await create({
      httpRequest: {
        url: 'https://a.googleapis.com/',
        oauthToken: { serviceAccountEmail: 'a@b.c', scope: 's' },
      },
    });
    assert.deepEqual(oauth.httpRequest?.oauthToken, { serviceAccountEmail: 'a@b.c', scope: 's' });
  });
});
