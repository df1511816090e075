import assert from 'node:assert/strict';
import { MovableClock } from '@waybill/emulator-kit';
import { advance, nextEvent, PARENT, startTestEmulator, type TestEmulator } from './support/emulator.ts';
import { type Receiver, startReceiver } from './support/receiver.ts';
import { grpcTransport, restTransport, type Transport } from './support/transports.ts';

const QUEUE = `${PARENT}/queues/attempts`;

/** HTTP statuses with the code and name that the attempt shows, and its response count. */
const STATUSES: [status: number, code: number, name: string, responses: number][] = [
  [301, 2, 'UNKNOWN', 1],
  [400, 3, 'INVALID_ARGUMENT', 1],
  [401, 16, 'UNAUTHENTICATED', 1],
  [403, 7, 'PERMISSION_DENIED', 1],
  [404, 5, 'NOT_FOUND', 1],
  [405, 9, 'FAILED_PRECONDITION', 1],
  [409, 10, 'ABORTED', 1],
  [410, 9, 'FAILED_PRECONDITION', 1],
  [416, 9, 'FAILED_PRECONDITION', 1],
  [418, 9, 'FAILED_PRECONDITION', 1],
  [429, 8, 'RESOURCE_EXHAUSTED', 1],
  [499, 1, 'CANCELLED', 1],
  [500, 13, 'INTERNAL', 0],
  [501, 12, 'UNIMPLEMENTED', 0],
  [502, 13, 'INTERNAL', 0],
  [503, 14, 'UNAVAILABLE', 0],
  [504, 4, 'DEADLINE_EXCEEDED', 0],
  [505, 13, 'INTERNAL', 0],
  [507, 13, 'INTERNAL', 0],
];

describe('attempts, as the service was recorded', () => {
  let test: TestEmulator;
  let receiver: Receiver;
  let transports: Transport[];
  let grpc: Transport;

  before(async () => {
    receiver = await startReceiver();
    test = await startTestEmulator({ clock: new MovableClock({ systemNowMs: () => 1_800_000_000_000 }) });
    grpc = grpcTransport(test.emulator.port);
    transports = [grpc, restTransport(test.emulator.port)];
  });
  beforeEach(async () => {
    const retryConfig = { minBackoff: { seconds: 1 }, maxAttempts: 10 };
    await test.client.createQueue({ parent: PARENT, queue: { name: QUEUE, retryConfig } });
  });
  afterEach(async () => {
    await test.client.deleteQueue({ name: QUEUE });
    advance(test.clock, 8 * 24 * 3_600_000);
  });
  after(async () => {
    for (const transport of transports) transport.close();
    await test.close();
    await receiver.close();
  });

  async function attempt(url: string): Promise<string> {
    const ended = nextEvent(test.emulator, 'dispatchEnded');
    const { response } = await grpc.call('CreateTask', { parent: QUEUE, task: { httpRequest: { url } } });
    await ended;
    return response.name;
  }

  for (const [status, code, name, responses] of STATUSES) {
    it(`${status} is ${name} and counts ${responses} responses`, async () => {
      receiver.answer(status);
      const task = await attempt(receiver.url);
      for (const transport of transports) {
        const { response } = await transport.call('GetTask', { name: task });
        assert.equal(response.dispatchCount, 1);
        assert.equal(response.responseCount ?? 0, responses);
        assert.equal(response.lastAttempt.responseStatus.code, code);
        assert.equal(
          response.lastAttempt.responseStatus.message,
          `${name}(${code}): HTTP status code ${status}`,
        );
      }
    });
  }

  it('a host that is not found, or refuses, is UNKNOWN with status 0', async () => {
    for (const url of ['http://no-such-host.invalid/', 'http://127.0.0.1:1/']) {
      const task = await attempt(url);
      const { response } = await grpc.call('GetTask', { name: task });
      assert.equal(response.responseCount, 0);
      assert.deepEqual(response.lastAttempt.responseStatus, {
        code: 2,
        message: 'UNKNOWN(2): HTTP status code 0',
        details: [],
      });
    }
  });

  it('tell the next attempt about the one before', async () => {
    receiver.answer(503, 404, 429, 500, 302, 200);
    const before = receiver.received.length;
    const completed = nextEvent(test.emulator, 'taskCompleted');
    await attempt(receiver.url);
    for (let count = 1; count <= 5; count += 1) {
      await receiver.waitFor(before + count);
      await test.emulator.whenIdle();
      advance(test.clock, 3_600_000);
    }
    await completed;
    const header = (name: string) =>
      receiver.received.slice(before).map(({ headers }) => headers[`x-cloudtasks-${name}`]);
    assert.deepEqual(header('taskretrycount'), ['0', '1', '2', '3', '4', '5']);
    assert.deepEqual(header('taskexecutioncount'), ['0', '0', '1', '2', '2', '3']);
    assert.deepEqual(header('taskpreviousresponse'), [undefined, '503', '404', '429', '500', '302']);
    assert.deepEqual(header('taskretryreason'), [undefined, '', '', '', '', '']);
  });

  for (const [nanos, eta] of [
    [120_000_000, '.12'],
    [123_456_000, '.123456'],
    [0, ''],
  ] as const) {
    it(`TaskETA cuts trailing zeros: "${eta}"`, async () => {
      const dueSeconds = Math.floor(test.clock.nowMs() / 1_000) + 60;
      const before = receiver.received.length;
      receiver.answer(200);
      const { response } = await grpc.call('CreateTask', {
        parent: QUEUE,
        task: { scheduleTime: { seconds: dueSeconds, nanos }, httpRequest: { url: receiver.url } },
      });
      await grpc.call('RunTask', { name: response.name });
      const request = (await receiver.waitFor(before + 1)).at(-1);
      assert.equal(request?.headers['x-cloudtasks-tasketa'], `${dueSeconds}${eta}`);
      await test.emulator.whenIdle();
    });
  }

  it("a task's retry settings win over the queue's", async () => {
    for (const transport of transports) {
      receiver.answer(500);
      const retryConfig = { maxAttempts: 2 };
      const task = { httpRequest: { url: receiver.url }, retryConfig };
      const dropped = nextEvent(test.emulator, 'taskDropped');
      const ended = nextEvent(test.emulator, 'dispatchEnded');
      const { response } = await transport.call('CreateTask', { parent: QUEUE, task });
      assert.equal(response.retryConfig.maxDoublings, 16);
      const isGrpc = transport.name === 'gRPC';
      assert.deepEqual(response.retryConfig.minBackoff, isGrpc ? { seconds: 0, nanos: 1e8 } : '0.100s');
      assert.deepEqual(response.retryConfig.maxBackoff, isGrpc ? { seconds: 3600, nanos: 0 } : '3600s');
      await ended;
      const read = await transport.call('GetTask', { name: response.name });
      assert.equal(read.response.retryConfig.maxAttempts, 2);
      advance(test.clock, 100);
      assert.equal((await dropped).attempts, 2);
      const refused = { ...task, retryConfig: { maxAttempts: -2 } };
      assert.equal(
        (await transport.call('CreateTask', { parent: QUEUE, task: refused })).message,
        'RetryConfig.maxAttempts must be greater or equal to -1.',
      );
    }
  });
});
