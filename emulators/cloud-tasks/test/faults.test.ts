import assert from 'node:assert/strict';
import { once } from 'node:events';
import { nextEvent, PARENT, startTestEmulator, type TestEmulator } from './support/emulator.ts';
import { type Receiver, startReceiver } from './support/receiver.ts';

const QUEUE = `${PARENT}/queues/q`;
const UNAVAILABLE = 14;

describe('injected faults', () => {
  let test: TestEmulator;
  let receiver: Receiver;

  beforeEach(async () => {
    test = await startTestEmulator({
      queues: {
        project: 'demo',
        location: 'us-central1',
        list: [{ name: 'q', settings: { minBackoffMicros: 1_000_000, maxBackoffMicros: 1_000_000 } }],
      },
    });
    receiver = await startReceiver();
  });

  afterEach(async () => {
    await test.close();
    await receiver.close();
  });

  async function setFaults(faults: unknown): Promise<Response> {
    return fetch(`http://127.0.0.1:${test.emulator.port}/emulator/faults`, {
      method: 'POST',
      body: JSON.stringify(faults),
    });
  }

  async function createTask(name = 't'): Promise<void> {
    await test.client.createTask({
      parent: QUEUE,
      task: { name: `${QUEUE}/tasks/${name}`, httpRequest: { url: `${receiver.url}/${name}` } },
    });
  }

  it('are off by default, and off again after null', async () => {
    await createTask('first');
    await receiver.waitFor(1);
    await setFaults({ seed: 1, duplicateShare: 1 });
    await setFaults(null);
    await createTask('second');
    await test.emulator.whenIdle();
    assert.deepEqual(
      receiver.received.map(({ path }) => path),
      ['/first', '/second'],
    );
    const answer = await fetch(`http://127.0.0.1:${test.emulator.port}/emulator/faults`);
    const { faults, counts } = (await answer.json()) as { faults: unknown; counts: { duplicated: number } };
    assert.equal(faults, null);
    assert.equal(counts.duplicated, 0);
  });

  it('are refused with all their problems named', async () => {
    const answer = await setFaults({ seed: 'x', duplicateShare: 2 });
    assert.equal(answer.status, 400);
    const { code, title } = (await answer.json()) as { code: string; title: string };
    assert.equal(code, 'BAD_FAULTS');
    assert.match(title, /seed must be.*duplicateShare must be/);
  });

  it('deliver twice, at once and one after the other, as one attempt', async () => {
    await setFaults({ seed: 1, duplicateShare: 1 });
    let open = 0;
    let maxOpen = 0;
    receiver.answer((_request, response) => {
      open += 1;
      maxOpen = Math.max(maxOpen, open);
      setImmediate(() => {
        open -= 1;
        response.end();
      });
    });
    for (let index = 0; index < 20; index += 1) {
      const completed = once(test.emulator.events, 'taskCompleted');
      await createTask(`t${index}`);
      const [{ attempts }] = (await completed) as [{ attempts: number }];
      assert.equal(attempts, 1);
      assert.equal(receiver.received.length, 2 * (index + 1));
    }
    assert.equal(maxOpen, 2);
  });

  it('drop the answer after the handler ran: the attempt has failed, and another follows', async () => {
    await setFaults({ seed: 1, dropAnswerShare: 1 });
    const ended = nextEvent(test.emulator, 'dispatchEnded');
    await createTask();
    const { succeeded, status, error } = await ended;
    assert.equal(succeeded, false);
    assert.equal(status, undefined);
    assert.match(String(error), /^UNKNOWN\(2\): HTTP status code 0: the answer was dropped/);
    assert.equal(receiver.received.length, 1);
    await setFaults(null);
    const completed = nextEvent(test.emulator, 'taskCompleted');
    test.clock.setOffset(1_000);
    assert.equal((await completed).attempts, 2);
    assert.equal(receiver.received[1]?.headers['x-cloudtasks-taskretrycount'], '1');
  });

  it('reorder: an attempt goes out after one that came later has ended', async () => {
    await setFaults({ seed: 1, reorderShare: 1 });
    const started = nextEvent(test.emulator, 'dispatchStarted');
    await createTask('early');
    await started;
    await setFaults(null);
    await createTask('late');
    const paths = (await receiver.waitFor(2)).map(({ path }) => path);
    assert.deepEqual(paths, ['/late', '/early']);
  });

  it('refuse calls before they take effect, and after', async () => {
    await setFaults({ seed: 1, refuseShare: 1 });
    for (let index = 0; index < 20; index += 1) {
      await assert.rejects(createTask(`t${index}`), { code: UNAVAILABLE });
    }
    await setFaults(null);
    await test.emulator.whenIdle();
    assert.ok(receiver.received.length > 0 && receiver.received.length < 20, `${receiver.received.length}`);
  });

  it('delay, but not the closing', async () => {
    await setFaults({ seed: 1, maxDelayMs: 60_000 });
    const started = nextEvent(test.emulator, 'dispatchStarted');
    await createTask();
    await started;
    await test.close();
    assert.equal(receiver.received.length, 0);
    test = await startTestEmulator();
  });
});
