import assert from 'node:assert/strict';
import { PARENT, startTestEmulator, type TestEmulator } from './support/emulator.ts';
import { grpcTransport, restTransport, type Transport } from './support/transports.ts';

const QUEUE = `${PARENT}/queues/orders`;
const URLS = 'https://cloud.google.com/tasks/docs/reference/rest/v2/projects.locations.queues';
const NO_QUEUE =
  'Queue does not exist. If you just created the queue, wait at least a minute for the queue to initialize.';
const NOT_FOUND = 'Requested entity was not found.';
const GONE =
  'The task no longer exists, though a task with this name existed recently. The task either successfully completed or was deleted.';

/** Methods with the field that names their resource, a well-formed name of a queue or task, and their permission. */
const METHODS = [
  ['ListQueues', 'parent', PARENT, 'queues.list'],
  ['CreateQueue', 'parent', PARENT, 'queues.create'],
  ['GetQueue', 'name', QUEUE, 'queues.get'],
  ['DeleteQueue', 'name', QUEUE, 'queues.delete'],
  ['PurgeQueue', 'name', QUEUE, 'queues.purge'],
  ['PauseQueue', 'name', QUEUE, 'queues.pause'],
  ['ResumeQueue', 'name', QUEUE, 'queues.resume'],
  ['UpdateQueue', 'queue', QUEUE, 'queues.update'],
  ['ListTasks', 'parent', QUEUE, 'tasks.list'],
  ['CreateTask', 'parent', QUEUE, 'tasks.create'],
  ['GetTask', 'name', `${QUEUE}/tasks/t`, 'tasks.get'],
  ['DeleteTask', 'name', `${QUEUE}/tasks/t`, 'tasks.delete'],
  ['RunTask', 'name', `${QUEUE}/tasks/t`, 'tasks.run'],
  ['BatchCreateTasks', 'parent', QUEUE, 'tasks.create'],
  ['BatchDeleteTasks', 'parent', QUEUE, 'tasks.delete'],
  ['GetIamPolicy', 'resource', QUEUE, 'queues.list'],
  ['SetIamPolicy', 'resource', QUEUE, 'queues.list'],
  ['TestIamPermissions', 'resource', QUEUE, 'queues.list'],
  ['GetOperation', 'name', `${PARENT}/operations/o`, 'operations.get'],
] as const;

describe('names, as the service was recorded', () => {
  let test: TestEmulator;
  let transports: Transport[];
  let grpc: Transport;

  before(async () => {
    test = await startTestEmulator();
    grpc = grpcTransport(test.emulator.port);
    transports = [grpc, restTransport(test.emulator.port)];
    await test.client.createQueue({ parent: PARENT, queue: { name: QUEUE } });
    await test.client.pauseQueue({ name: QUEUE });
  });
  after(async () => {
    for (const transport of transports) transport.close();
    await test.close();
  });

  const request = (field: string, name: string) =>
    field === 'queue' ? { queue: { name } } : { [field]: name };

  for (const [method, field, name, permission] of METHODS) {
    it(`${method} refuses an empty name`, async () => {
      const { code, message, details } = await grpc.call(method, request(field, ''));
      assert.deepEqual([code, message], ['INVALID_ARGUMENT', 'Invalid resource field value in the request.']);
      assert.deepEqual(details, [
        {
          '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
          reason: 'RESOURCE_PROJECT_INVALID',
          domain: 'googleapis.com',
          metadata: {
            method:
              method === 'GetOperation'
                ? 'google.longrunning.Operations.GetOperation'
                : `google.cloud.tasks.v2.CloudTasks.${method}`,
            service: 'cloudtasks.googleapis.com',
          },
        },
      ]);
    });

    it(`${method} refuses a name outside of all projects`, async () => {
      const { code, message, details } = await grpc.call(method, request(field, 'not-a-valid-name'));
      const text = 'Permission denied on resource project not-a-valid-name.';
      assert.deepEqual([code, message], ['PERMISSION_DENIED', text]);
      assert.deepEqual(details, [
        {
          '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
          reason: 'CONSUMER_INVALID',
          domain: 'googleapis.com',
          metadata: {
            consumer: 'projects/not-a-valid-name',
            containerInfo: 'not-a-valid-name',
            service: 'cloudtasks.googleapis.com',
          },
        },
        { '@type': 'type.googleapis.com/google.rpc.LocalizedMessage', locale: 'en-US', message: text },
        {
          '@type': 'type.googleapis.com/google.rpc.Help',
          links: [{ description: 'Google developers console', url: 'https://console.developers.google.com' }],
        },
      ]);
    });

    it(`${method} refuses a name with the wrong segments`, async () => {
      for (const wrong of [`${name}/extra`, 'projects/demo']) {
        assert.deepEqual(await grpc.call(method, request(field, wrong)), {
          code: 'PERMISSION_DENIED',
          message: `The principal (user or service account) lacks IAM permission "cloudtasks.${permission}" for the resource "${wrong}" (or the resource may not exist).`,
          details: [],
          response: undefined,
        });
      }
    });
  }

  it('refuses a queue ID, also inside the name of a task', async () => {
    for (const transport of transports) {
      for (const [method, field, name] of METHODS) {
        if (name === PARENT || method === 'GetOperation') continue;
        const { code, message, details } = await transport.call(
          method,
          request(field, name.replace('orders', 'bad_name')),
        );
        assert.deepEqual(
          [code, message],
          [
            'INVALID_ARGUMENT',
            'Queue ID "bad_name" can contain only letters ([A-Za-z]), numbers ([0-9]), or hyphens (-). Queue ID must be between 1 and 100 characters.',
          ],
          `${transport.name} ${method}`,
        );
        assert.deepEqual(details, [
          {
            '@type': 'type.googleapis.com/google.rpc.Help',
            links: [{ description: 'Definition of queue ID', url: `${URLS}#Queue.FIELDS.name` }],
          },
        ]);
      }
    }
  });

  it('refuses a task ID', async () => {
    for (const transport of transports) {
      for (const method of ['GetTask', 'DeleteTask', 'RunTask']) {
        const { message, details } = await transport.call(method, { name: `${QUEUE}/tasks/a.b` });
        assert.equal(
          message,
          'Task ID "a.b" can contain only letters ([A-Za-z]), numbers ([0-9]), hyphens (-), or underscores (_). Task ID must between 1 and 500 characters.',
        );
        assert.deepEqual(details, [
          {
            '@type': 'type.googleapis.com/google.rpc.Help',
            links: [{ description: 'Definition of task ID', url: `${URLS}.tasks#Task.FIELDS.name` }],
          },
        ]);
      }
    }
  });

  it('refuses the name of a queue to create in the recorded order', async () => {
    const format =
      'Queue name must be formatted: "projects/<PROJECT_ID>/locations/<LOCATION_ID>/queues/<QUEUE_ID>".';
    for (const transport of transports) {
      const create = (queue?: object) =>
        transport.call('CreateQueue', { parent: PARENT, ...(queue && { queue }) });
      for (const queue of [undefined, { name: 'bad' }]) {
        const { message, details } = await create(queue);
        assert.equal(message, format);
        assert.match(JSON.stringify(details), /"Definition of queue name"/);
      }
      assert.match((await create({ name: `${PARENT}/queues/a_b` })).message, /^Queue ID "a_b"/);
      const elsewhere = 'projects/demo/locations/us-east1/queues/a';
      assert.equal(
        (await create({ name: elsewhere, rateLimits: { maxDispatchesPerSecond: 900 } })).message,
        `${elsewhere} must begin with ${PARENT}.`,
      );
      assert.equal((await create({ name: QUEUE })).message, 'Queue already exists');
    }
  });

  it('refuses the name of a task to create in the recorded order', async () => {
    for (const transport of transports) {
      const create = (name: string) => transport.call('CreateTask', { parent: QUEUE, task: { name } });
      const bad = await create('bad');
      assert.equal(
        bad.message,
        'Task name must be formatted: "projects/<PROJECT_ID>/locations/<LOCATION_ID>/queues/<QUEUE_ID>/tasks/<TASK_ID>".',
      );
      assert.match(JSON.stringify(bad.details), /"Definition of task name"/);
      assert.match((await create(`${QUEUE}/tasks/a.b`)).message, /^Task ID "a\.b"/);
      assert.match((await create(`${PARENT}/queues/other/tasks/t`)).message, /^The queue name from request/);
    }
  });

  it('answers for what does not exist by the method', async () => {
    const none = `${PARENT}/queues/none`;
    for (const transport of transports) {
      const text = async (method: string, request: object) => {
        const { code, message } = await transport.call(method, request);
        assert.equal(code, 'NOT_FOUND');
        return message;
      };
      for (const method of ['GetQueue', 'PauseQueue', 'ResumeQueue', 'PurgeQueue']) {
        assert.equal(await text(method, { name: none }), NO_QUEUE);
      }
      for (const method of ['CreateTask', 'ListTasks']) {
        assert.equal(await text(method, { parent: none }), NO_QUEUE);
      }
      for (const method of ['GetIamPolicy', 'SetIamPolicy', 'TestIamPermissions']) {
        assert.equal(await text(method, { resource: none }), NO_QUEUE);
      }
      assert.equal(await text('GetOperation', { name: `${PARENT}/operations/none` }), NOT_FOUND);
      assert.equal(await text('RunTask', { name: `${none}/tasks/t` }), NO_QUEUE);
      assert.equal(await text('DeleteQueue', { name: none }), NOT_FOUND);
      for (const method of ['GetTask', 'DeleteTask']) {
        assert.equal(await text(method, { name: `${none}/tasks/t` }), NOT_FOUND);
      }
      for (const method of ['GetTask', 'DeleteTask', 'RunTask']) {
        assert.equal(await text(method, { name: `${QUEUE}/tasks/none` }), NOT_FOUND);
      }
      const name = `${QUEUE}/tasks/deleted-${transport.name}`;
      const created = await transport.call('CreateTask', {
        parent: QUEUE,
        task: { name, httpRequest: { url: 'http://127.0.0.1:9' } },
      });
      assert.equal(created.code, 'OK');
      await transport.call('DeleteTask', { name });
      assert.equal(await text('GetTask', { name }), GONE);
      for (const method of ['DeleteTask', 'RunTask']) assert.equal(await text(method, { name }), NOT_FOUND);
    }
  });
});
