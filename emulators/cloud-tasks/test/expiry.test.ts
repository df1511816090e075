import assert from 'node:assert/strict';
import { advance, nextEvent, PARENT, startTestEmulator, type TestEmulator } from './support/emulator.ts';
import { restTransport, type Transport } from './support/transports.ts';

const QUEUE = `${PARENT}/queues/kept`;
const DAY_MS = 24 * 3_600_000;

describe('tasks that outlive their time', () => {
  let test: TestEmulator;
  let beta: Transport;

  beforeEach(async () => {
    test = await startTestEmulator();
    beta = restTransport(test.emulator.port, 'v2beta3');
    await test.client.createQueue({ parent: PARENT, queue: { name: QUEUE } });
    await test.client.pauseQueue({ name: QUEUE });
  });
  afterEach(() => test.close());

  const create = async (id: string, queue = QUEUE) => {
    const task = { name: `${queue}/tasks/${id}`, httpRequest: { url: 'http://127.0.0.1:9' } };
    await test.client.createTask({ parent: queue, task });
    return task.name;
  };

  it('are deleted 31 days after their creation, though they were never sent', async () => {
    const old = await create('old');
    advance(test.clock, DAY_MS);
    const young = await create('young');
    advance(test.clock, 30 * DAY_MS - 60_000);
    await test.client.getTask({ name: old });
    const dropped = nextEvent(test.emulator, 'taskDropped');
    advance(test.clock, 60_000);
    assert.deepEqual(await dropped, {
      queue: 'kept',
      task: 'old',
      name: old,
      attempts: 0,
      reason: 'too-old',
    });
    await assert.rejects(test.client.getTask({ name: old }), { code: 5, details: /^The task no longer/ });
    await test.client.getTask({ name: young });
    const next = nextEvent(test.emulator, 'taskDropped');
    advance(test.clock, DAY_MS);
    assert.equal((await next).task, 'young');
  });

  it('are deleted by the time to live of their queue, where that is set', async () => {
    const other = `${PARENT}/queues/short`;
    await beta.call('UpdateQueue', { queue: { name: other, taskTtl: '864000s' }, updateMask: 'taskTtl' });
    await test.client.pauseQueue({ name: other });
    await create('stays');
    await create('goes', other);
    const dropped = nextEvent(test.emulator, 'taskDropped');
    advance(test.clock, 10 * DAY_MS);
    assert.equal((await dropped).task, 'goes');
    await test.client.getTask({ name: `${QUEUE}/tasks/stays` });
  });

  it('are deleted at once when their queue gets a time to live that they have outlived', async () => {
    await create('t');
    advance(test.clock, 20 * DAY_MS);
    const dropped = nextEvent(test.emulator, 'taskDropped');
    await beta.call('UpdateQueue', { queue: { name: QUEUE, taskTtl: '864000s' }, updateMask: 'taskTtl' });
    assert.equal((await dropped).task, 't');
  });
});
