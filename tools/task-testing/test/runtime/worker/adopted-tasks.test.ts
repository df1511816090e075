import assert from 'node:assert/strict';
import { TaskOperator } from '@waybill/task-runtime/operator';
import { bed, enqueue, folds, handle, letterId, useLetters } from '../letters.ts';

describe('a task from a producer without the ledger', () => {
  useLetters();

  const post = async (
    name: string,
    body: string | Uint8Array<ArrayBuffer>,
    queue = 'letters',
  ): Promise<Response> =>
    fetch(`${bed.workerUrl}/tasks/fold-letter/v1`, {
      method: 'POST',
      headers: { 'X-AppEngine-QueueName': queue, 'X-AppEngine-TaskName': name },
      body,
    });

  for (const [kind, body, reason] of [
    ['a wrong member', '{"letterId": 7}', '/letterId must be string, got number'],
    ['no JSON', 'letter', 'its body is not JSON'],
    [
      'a member that is there twice',
      '{"letterId": "a", "letter\\u0049d": "b"}',
      'its body has the member /letterId twice',
    ],
    ['nothing', '', 'it has no body'],
    ['bytes that are no text', new Uint8Array([0x22, 0xff, 0x22]), 'its body is not text in UTF-8'],
    [
      'JSON too deep to be written again',
      '['.repeat(100_000) + ']'.repeat(100_000),
      'its body is nested in more than 100 levels',
    ],
    [
      'JSON that grows beyond a payload when it is written again',
      `[${'1e20,'.repeat(50_000)}1]`,
      'its body has 1100003 bytes, written as a record keeps it; at most 524288 are a payload',
    ],
    ['text that grows likewise', '\u0001'.repeat(200_000), 'its body is not JSON'],
  ] as const) {
    it(`is recorded as dead with the reason, for ${kind}`, async () => {
      const name = `from-gcloud-${letterId}`;
      const response = await post(name, body);
      assert.equal(response.status, 200);
      assert.deepEqual(await response.json(), { outcome: 'dead' });
      const record = await bed.record(`letters.${name}`);
      assert.equal(record.state, 'dead');
      assert.equal(record.error?.code, 'CONTRACT_VIOLATION');
      assert.equal(record.error.message, reason);
      assert.equal(handle.callCount, 0);
      assert.equal((await post(name, body)).status, 200);
    });
  }

  it('is adopted if it is well and only has no record yet', async () => {
    const name = `from-gcloud-${letterId}`;
    assert.equal((await post(name, JSON.stringify({ letterId }))).status, 200);
    assert.equal((await bed.record(`letters.${name}`)).state, 'succeeded');
    assert.equal((await post(name, JSON.stringify({ letterId }))).status, 200);
    assert.equal(await folds(), 1);
  });

  it('is looked for and run by the name that its producer gave it', async () => {
    const queue = bed.cloudTasks.queuePath(bed.queueLocation.project, bed.queueLocation.location, 'letters');
    const name = `from-gcloud-${letterId}`;
    handle.onFirstCall().rejects(new Error('the paper is wet'));
    await bed.cloudTasks.createTask({
      parent: queue,
      task: {
        name: `${queue}/tasks/${name}`,
        appEngineHttpRequest: {
          relativeUri: '/tasks/fold-letter/v1',
          body: Buffer.from(JSON.stringify({ letterId })),
        },
      },
    });
    await bed.whenIdle();
    assert.equal((await bed.record(`letters.${name}`)).state, 'pending');
    await bed.cloudTasks.pauseQueue({ name: queue });
    bed.advance(600_000);
    const { checked, sent } = await bed.sweep();
    assert.deepEqual({ checked, sent }, { checked: 1, sent: 0 });
    assert.equal((await bed.record(`letters.${name}`)).generation, 0);
    const operator = new TaskOperator(bed.runtime);
    assert.deepEqual(await operator.runNow(`letters.${name}`, { by: 'ada', why: 'a test' }), {
      queue: 'letters',
      name,
    });
    await bed.cloudTasks.resumeQueue({ name: queue });
    await bed.whenIdle();
    const { state, attempts } = await bed.record(`letters.${name}`);
    assert.deepEqual([state, attempts], ['succeeded', 2]);
    assert.equal(await folds(), 1);
  });

  for (const shape of ['__x__', 'x-g0', 'x-g2']) {
    it(`is adopted also under a name such as ${shape}`, async () => {
      const name = shape.replace('x', letterId);
      for (const delivered of [name, name]) {
        assert.equal((await post(delivered, JSON.stringify({ letterId }))).status, 200);
      }
      assert.equal((await bed.record(`letters.${name}`)).state, 'succeeded');
      assert.equal(await folds(), 1);
    });
  }

  it('is another than the one of the same name in another queue', async () => {
    const name = `from-gcloud-${letterId}`;
    assert.equal((await post(name, JSON.stringify({ letterId }), 'letters-1')).status, 200);
    assert.equal((await post(name, JSON.stringify({ letterId }))).status, 200);
    for (const queue of ['letters-1', 'letters']) {
      assert.equal((await bed.record(`${queue}.${name}`)).state, 'succeeded');
    }
    assert.equal(await folds(), 2);
  });

  it('is sent again under its name and a generation, and is the same task still', async () => {
    const name = `from-gcloud-${letterId}`;
    handle.onFirstCall().rejects(new Error('the paper is wet'));
    assert.equal((await post(name, JSON.stringify({ letterId }))).status, 500);
    bed.advance(600_000);
    assert.equal((await bed.sweep()).sent, 1);
    await bed.whenIdle();
    const { state, generation } = await bed.record(`letters.${name}`);
    assert.deepEqual([state, generation], ['succeeded', 1]);
    assert.equal((await post(`${name}-g1`, JSON.stringify({ letterId }))).status, 200);
    assert.equal(await folds(), 1);
  });

  it('is not done twice by its name, and an error is logged where it was another’s', async () => {
    const name = `from-gcloud-${letterId}`;
    for (const body of [{ letterId }, { letterId: 'another' }]) {
      assert.equal((await post(name, JSON.stringify(body))).status, 200);
    }
    assert.equal(await folds(), 1);
    assert.deepEqual(
      bed.logs
        .filter(({ taskId, severity }) => taskId === `letters.${name}` && severity === 'ERROR')
        .map(({ event, reason }) => [event, reason]),
      [['task.name-taken', 'name-reused']],
    );
  });

  it('uses the enqueued payload where there is one', async () => {
    const { taskId } = await enqueue({ delaySeconds: 3_600 });
    assert.equal((await bed.deliver(taskId, { body: { letterId: 'forged' } })).status, 200);
    assert.equal(await folds(), 1);
    assert.ok(bed.logs.some(({ event, taskId: id }) => event === 'task.other-body' && id === taskId));
  });
});
