import assert from 'node:assert/strict';
import type { DatabaseSync } from 'node:sqlite';
import { openTaskDatabase } from '../src/engine/storage/task-database.ts';
import { TaskStore } from '../src/engine/storage/task-store.ts';
import { nextEvent, PARENT, startTestEmulator, type TestEmulator } from './support/emulator.ts';
import { type Receiver, startReceiver } from './support/receiver.ts';

const QUEUE = `${PARENT}/queues/orders`;

/** Faults of other emulators that no other test holds. */
describe('tasks, where other emulators fail', () => {
  let test: TestEmulator;
  let receiver: Receiver;

  beforeEach(async () => {
    receiver = await startReceiver();
    test = await startTestEmulator();
  });
  afterEach(async () => {
    await receiver.close();
    await test.close();
  });

  const createQueue = (rateLimits: object = {}) =>
    test.client.createQueue({ parent: PARENT, queue: { name: QUEUE, rateLimits } });
  const create = (path = '/') =>
    test.client.createTask({ parent: QUEUE, task: { httpRequest: { url: `${receiver.url}${path}` } } });

  it('are created and sent twice where two without a name are alike', async () => {
    await createQueue();
    const [[first], [second]] = await Promise.all([create('/same'), create('/same')]);
    assert.notEqual(first.name, second.name);
    assert.equal((await receiver.waitFor(2)).length, 2);
  });

  it('keep their query string', async () => {
    await createQueue();
    await create('/path?a=1&b=%20');
    assert.equal((await receiver.waitFor(1))[0]?.path, '/path?a=1&b=%20');
  });

  it('of one queue are sent at the same time', async () => {
    await createQueue();
    const open: (() => void)[] = [];
    receiver.answer((_, response) => {
      open.push(() => response.end());
    });
    await Promise.all([create(), create(), create()]);
    await receiver.waitFor(3);
    for (const end of open) end();
    await test.emulator.whenIdle();
  });

  it('that come after a purge do not wait for those that were purged', async () => {
    await createQueue({ maxDispatchesPerSecond: 100, maxConcurrentDispatches: 1 });
    receiver.answer((_, response) => response.writeHead(500).end());
    await Promise.all(Array.from({ length: 15 }, () => create('/purged')));
    await test.client.purgeQueue({ name: QUEUE });
    receiver.answer(200);
    const completed = nextEvent(test.emulator, 'taskCompleted');
    const [task] = await create('/new');
    assert.equal((await completed).name, task.name);
  });
});

describe('TaskStore', () => {
  it('drops reserved names that have expired as it reserves new ones', () => {
    const database: DatabaseSync = openTaskDatabase(undefined);
    const store = new TaskStore(database);
    const target = { kind: 'http', url: 'http://127.0.0.1', method: 'POST', headers: [] } as const;
    const moment = { createMicros: 0, scheduleMicros: 0 };
    for (let nowMs = 0; nowMs < 100; nowMs += 1) {
      const rowId = store.insert(1, { taskId: `t${nowMs}`, target, body: new Uint8Array(), ...moment });
      store.delete(rowId, { nowMs, expiresMs: nowMs + 10 });
    }
    const { count } = database.prepare('SELECT count(*) AS count FROM task_tombstones').get() as {
      count: number;
    };
    assert.ok(count <= 11, `${count} names`);
    database.close();
  });
});
