import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type ClientHttp2Session, type ClientHttp2Stream, connect, constants } from 'node:http2';
import { connect as connectTcp } from 'node:net';
import { loadDescriptors } from '../src/grpc/descriptors.ts';
import { PARENT, startTestEmulator, type TestEmulator } from './support/emulator.ts';

const QUEUE = `${PARENT}/queues/calls`;
const CALLS = 200;
const DEADLINE_EXCEEDED = '4';

describe('calls and their deadlines', () => {
  const createTask = loadDescriptors().cloudTasks['CreateTask'];
  let test: TestEmulator;
  let session: ClientHttp2Session;

  beforeEach(async () => {
    test = await startTestEmulator();
    await test.client.createQueue({ parent: PARENT, queue: { name: QUEUE } });
    await test.client.pauseQueue({ name: QUEUE });
    session = connect(`http://127.0.0.1:${test.emulator.port}`);
    await once(session, 'connect');
  });
  afterEach(async () => {
    session.destroy();
    await test.close();
  });

  /** Sends a CreateTask in one go. */
  function create(taskId: string, headers: Record<string, string> = {}): ClientHttp2Stream {
    const task = { name: `${QUEUE}/tasks/${taskId}`, httpRequest: { url: 'http://127.0.0.1/' } };
    const message = createTask?.requestSerialize({ parent: QUEUE, task }) as Buffer;
    const prefix = Buffer.alloc(5);
    prefix.writeUInt32BE(message.length, 1);
    const stream = session.request({
      ':method': 'POST',
      ':path': '/google.cloud.tasks.v2.CloudTasks/CreateTask',
      'content-type': 'application/grpc',
      te: 'trailers',
      ...headers,
    });
    stream.end(Buffer.concat([prefix, message]));
    return stream;
  }

  function statusOf(stream: ClientHttp2Stream): Promise<string> {
    return new Promise((resolve, reject) => {
      stream.on('error', reject);
      stream.on('trailers', (trailers) => resolve(String(trailers['grpc-status'])));
      stream.on('response', (headers) => {
        if (headers['grpc-status'] !== undefined) resolve(String(headers['grpc-status']));
      });
      stream.resume();
    });
  }

  async function taskIds(): Promise<string[]> {
    const [tasks] = await test.client.listTasks({ parent: QUEUE });
    return tasks.map(({ name }) => name?.split('/').at(-1) ?? '').sort();
  }

  for (const timeout of ['2592000S', '2592000000m', '43200M', '720H', '99999999H']) {
    it(`gives ${CALLS} tasks with a grpc-timeout of ${timeout}`, async () => {
      const statuses = await Promise.all(
        Array.from({ length: CALLS }, (_, index) =>
          statusOf(create(`task-${index}`, { 'grpc-timeout': timeout })),
        ),
      );
      assert.deepEqual([...new Set(statuses)], ['0']);
      assert.equal((await taskIds()).length, CALLS);
    });
  }

  it('creates no task for a call whose deadline has passed', async () => {
    const statuses = await Promise.all(
      Array.from({ length: CALLS }, (_, index) =>
        statusOf(create(`late-${index}`, { 'grpc-timeout': '0m' })),
      ),
    );
    assert.deepEqual([...new Set(statuses)], [DEADLINE_EXCEEDED]);
    assert.deepEqual(await taskIds(), []);
  });

  it('creates no task for a call that its client cancels in the same packet', async () => {
    const streams = Array.from({ length: CALLS }, (_, index) => create(`gone-${index}`));
    for (const stream of streams) {
      stream.on('error', () => {});
      stream.close(constants.NGHTTP2_CANCEL);
    }
    assert.equal(await statusOf(create('kept')), '0');
    assert.deepEqual(await taskIds(), ['kept']);
  });

  it('creates no task for a REST call whose client breaks off', async () => {
    const body = JSON.stringify({
      task: { name: `${QUEUE}/tasks/gone`, httpRequest: { url: 'http://127.0.0.1/' } },
    });
    const socket = connectTcp(test.emulator.port, '127.0.0.1');
    await once(socket, 'connect');
    socket.write(
      `POST /v2/${QUEUE}/tasks HTTP/1.1\r\nhost: a\r\ncontent-length: ${body.length + 1}\r\n\r\n${body}`,
    );
    socket.resetAndDestroy();
    await once(socket, 'close');
    assert.equal(await statusOf(create('kept')), '0');
    assert.deepEqual(await taskIds(), ['kept']);
  });
});
