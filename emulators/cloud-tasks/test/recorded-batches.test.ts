import assert from 'node:assert/strict';
import { PARENT, startTestEmulator, type TestEmulator } from './support/emulator.ts';
import { grpcTransport, restTransport, type Transport } from './support/transports.ts';

const QUEUE = `${PARENT}/queues/batched`;
const OTHER = `${PARENT}/queues/other`;
const URL = 'http://127.0.0.1:9';
const PACKAGE = 'type.googleapis.com/google.cloud.tasks.v2';
const TASK_NAME =
  'Task name must be formatted: "projects/<PROJECT_ID>/locations/<LOCATION_ID>/queues/<QUEUE_ID>/tasks/<TASK_ID>".';
const TASK_ID =
  'Task ID "a.b" can contain only letters ([A-Za-z]), numbers ([0-9]), hyphens (-), or underscores (_). Task ID must between 1 and 500 characters.';
const NO_QUEUE =
  'Queue does not exist. If you just created the queue, wait at least a minute for the queue to initialize.';
const NOT_FOUND = 'Requested entity was not found.';

describe('batches, as the service was recorded', () => {
  let test: TestEmulator;
  let transports: Transport[];
  let count = 0;

  before(async () => {
    test = await startTestEmulator();
    transports = [grpcTransport(test.emulator.port), restTransport(test.emulator.port)];
    for (const name of [QUEUE, OTHER]) {
      await test.client.createQueue({ parent: PARENT, queue: { name } });
      await test.client.pauseQueue({ name });
    }
  });
  after(async () => {
    for (const transport of transports) transport.close();
    await test.close();
  });

  const newName = (queue = QUEUE): string => `${queue}/tasks/t${++count}`;
  const create = (task?: object, fields: object = {}) => ({
    parent: QUEUE,
    ...(task && { task: { httpRequest: { url: URL }, ...task } }),
    ...fields,
  });
  const createAll = (transport: Transport, requests: object[], requestId?: string, parent = QUEUE) =>
    transport.call('BatchCreateTasks', { parent, requests, ...(requestId && { requestId }) });
  const deleteAll = (transport: Transport, names: string[], requestId?: string, parent = QUEUE) =>
    transport.call('BatchDeleteTasks', { parent, names, ...(requestId && { requestId }) });

  it('create every task, each in its own view', async () => {
    for (const transport of transports) {
      const names = [newName(), newName()];
      const body = Buffer.from('body').toString('base64');
      const httpRequest = { url: URL, body: transport.name === 'gRPC' ? Buffer.from('body') : body };
      const { json } = await createAll(transport, [
        create({ name: names[0], httpRequest }, { responseView: 'FULL' }),
        create({ name: names[1], httpRequest }),
      ]);
      assert.equal(json.done, true);
      assert.match(json.name, new RegExp(`^${PARENT}/operations/[0-9a-f-]{36}$`));
      assert.deepEqual(Object.keys(json.metadata), ['@type', 'startTime', 'endTime', 'state']);
      assert.equal(json.metadata['@type'], `${PACKAGE}.BatchCreateTasksMetadata`);
      assert.equal(json.metadata.state, 'SUCCEEDED');
      assert.equal(json.response['@type'], `${PACKAGE}.BatchCreateTasksResponse`);
      const { tasks } = json.response;
      assert.deepEqual(
        tasks.map(({ name, view, httpRequest }: Record<string, { body?: string }>) => [
          name,
          view,
          httpRequest?.body,
        ]),
        [
          [names[0], 'FULL', body],
          [names[1], 'BASIC', undefined],
        ],
      );
      assert.equal((await transport.call('GetTask', { name: names[1] })).code, 'OK');
      assert.deepEqual((await transport.call('GetOperation', { name: json.name })).json, json);
    }
  });

  it('create the rest where some requests are refused, with their texts', async () => {
    for (const transport of transports) {
      const taken = newName();
      await transport.call('CreateTask', { parent: QUEUE, task: { name: taken, httpRequest: { url: URL } } });
      const { json } = await createAll(transport, [
        create(),
        create({ httpRequest: undefined }),
        create({ httpRequest: { url: 'ftp://a' } }),
        create({ name: taken }),
        create({}),
      ]);
      assert.equal(json.metadata.state, 'PARTIALLY_SUCCEEDED');
      assert.deepEqual(json.metadata.failedRequests, {
        0: { code: 3, message: 'Payload type must be set.' },
        1: { code: 3, message: 'Payload type must be set.' },
        2: { code: 3, message: "HttpTarget.url must start with 'http://' or 'https://'." },
        3: { code: 6, message: 'Requested entity already exists' },
      });
      assert.equal(json.response.tasks.length, 1);
    }
  });

  it('answer neither response nor error where every create is refused', async () => {
    for (const transport of transports) {
      const none = `${PARENT}/queues/none`;
      const { json } = await createAll(transport, [create({}, { parent: none })], undefined, none);
      assert.deepEqual(Object.keys(json), ['name', 'metadata', 'done']);
      assert.equal(json.metadata.state, 'FAILED');
      assert.deepEqual(json.metadata.failedRequests, { 0: { code: 5, message: NO_QUEUE } });
    }
  });

  it('refuse a batch of creates as a whole', async () => {
    for (const transport of transports) {
      const name = newName();
      const refused: [requests: object[], text: string, help?: boolean][] = [
        [[], 'Request must contain at least one task.'],
        [
          Array.from({ length: 101 }, () => create({})),
          'A maximum of 100 tasks can be created in a single batch, but got 101 tasks.',
        ],
        [
          [create({}), create({}, { parent: OTHER })],
          `All tasks in a batch request must target the same queue. Found task for queue ${OTHER} in batch request for queue ${QUEUE}.`,
        ],
        [
          [create({}, { parent: '' })],
          `All tasks in a batch request must target the same queue. Found task for queue  in batch request for queue ${QUEUE}.`,
        ],
        [[create({ name }), create({ name })], `Duplicate task name in the batch request: ${name}`],
        [[create({ name: 'bad' })], TASK_NAME, true],
        [[create({ name: `${QUEUE}/tasks/a.b` })], TASK_ID, true],
        [
          [create({ name: `${OTHER}/tasks/t` })],
          `The queue name from request ('${QUEUE}') must be the same as the queue name in the named task ('${OTHER}').`,
        ],
      ];
      for (const [requests, text, hasHelp = false] of refused) {
        const { code, message, details } = await createAll(transport, requests);
        assert.deepEqual([code, message, details.length], ['INVALID_ARGUMENT', text, hasHelp ? 1 : 0]);
      }
      assert.equal((await transport.call('GetTask', { name })).message, NOT_FOUND);
    }
  });

  it('refuse a used operation id, and do nothing then', async () => {
    for (const transport of transports) {
      const id = `op-${transport.name}`;
      const name = newName();
      const first = await createAll(transport, [create({ name })], id);
      assert.equal(first.json.name, `${PARENT}/operations/${id}`);
      const text = `Duplicate operation id in the batch request: ${id}`;
      const second = newName();
      assert.equal((await createAll(transport, [create({ name: second })], id)).message, text);
      assert.equal((await deleteAll(transport, [name], id)).message, text);
      assert.equal((await transport.call('GetTask', { name })).code, 'OK');
      assert.equal((await transport.call('GetTask', { name: second })).message, NOT_FOUND);
    }
  });

  it('delete every task, a name that is given twice too', async () => {
    for (const transport of transports) {
      const name = newName();
      await createAll(transport, [create({ name })]);
      const { json } = await deleteAll(transport, [name, name]);
      assert.equal(json.done, true);
      assert.equal(json.metadata['@type'], `${PACKAGE}.BatchDeleteTasksMetadata`);
      assert.equal(json.metadata.state, 'SUCCEEDED');
      assert.equal(json.metadata.failedRequests, undefined);
      assert.deepEqual(json.response, { '@type': 'type.googleapis.com/google.protobuf.Empty' });
      assert.match((await transport.call('GetTask', { name })).message, /^The task no longer exists/);
    }
  });

  it('delete the rest where some names are refused, with their texts', async () => {
    for (const transport of transports) {
      const live = newName();
      await createAll(transport, [create({ name: live })]);
      const { json } = await deleteAll(transport, [
        live,
        newName(),
        `${OTHER}/tasks/t`,
        `${QUEUE}/tasks/a.b`,
        'bad',
        '',
      ]);
      assert.equal(json.metadata.state, 'PARTIALLY_SUCCEEDED');
      assert.deepEqual(json.metadata.failedRequests, {
        1: { code: 5, message: NOT_FOUND },
        2: {
          code: 3,
          message: `The queue name from request ('${QUEUE}') must be the same as the queue name in the named task ('${OTHER}').`,
        },
        3: { code: 3, message: `Invalid task name: ${TASK_ID}` },
        4: { code: 3, message: `Invalid task name: ${TASK_NAME}` },
        5: { code: 3, message: `Invalid task name: ${TASK_NAME}` },
      });
      assert.deepEqual(json.response, { '@type': 'type.googleapis.com/google.protobuf.Empty' });
    }
  });

  it('answer an error where every delete is refused, with the state of a part', async () => {
    for (const transport of transports) {
      const missing = newName();
      const none = `${PARENT}/queues/none`;
      for (const [names, parent] of [
        [[missing, missing], QUEUE],
        [[`${none}/tasks/t`], none],
      ] as const) {
        const { json } = await deleteAll(transport, [...names], undefined, parent);
        assert.equal(json.metadata.state, 'PARTIALLY_SUCCEEDED');
        assert.equal(json.response, undefined);
        assert.deepEqual(json.error, {
          code: 10,
          message:
            'None of the requests succeeded, refer to BatchDeleteTasksMetadata.failed_requests for individual error details',
        });
        const failed = Object.values(json.metadata.failedRequests);
        assert.deepEqual(
          failed,
          names.map(() => ({ code: 5, message: NOT_FOUND })),
        );
      }
    }
  });

  it('refuse a batch of deletes as a whole', async () => {
    for (const transport of transports) {
      assert.equal((await deleteAll(transport, [])).message, 'Request contains an invalid argument.');
      const names = Array.from({ length: 1_001 }, () => newName());
      assert.equal(
        (await deleteAll(transport, names)).message,
        'A maximum of 1000 tasks can be handled in a batch, but 1001 were requested.',
      );
    }
  });

  it('have operations that only GetOperation tells about', async () => {
    const [grpc] = transports;
    for (const method of ['ListOperations', 'WaitOperation', 'CancelOperation', 'DeleteOperation']) {
      const { code, message } = (await grpc?.call(method, { name: PARENT })) ?? assert.fail();
      assert.deepEqual(
        [code, message],
        [
          'PERMISSION_DENIED',
          "Method doesn't allow unregistered callers (callers without established identity). Please use API Key or other form of API consumer identity to call this API.",
        ],
        method,
      );
    }
  });

  it('send the created tasks', async () => {
    const [grpc] = transports;
    await test.client.resumeQueue({ name: OTHER });
    const task = { name: newName(OTHER), httpRequest: { url: URL }, retryConfig: { maxAttempts: 1 } };
    const dropped = new Promise((resolve) => test.emulator.events.once('taskDropped', resolve));
    await grpc?.call('BatchCreateTasks', { parent: OTHER, requests: [{ parent: OTHER, task }] });
    assert.equal(((await dropped) as { name: string }).name, task.name);
  });
});
