import assert from 'node:assert/strict';
import { type ConsoleTestBed, startConsoleTestBed } from '../../test/console-test-bed.ts';

describe('a dead letter whose call may have happened', function () {
  this.timeout(30_000);
  let bed: ConsoleTestBed;
  let taskId: string;
  const why = 'The mail server’s log says so';
  const payload = JSON.stringify({ text: 'Dear Bob', state: 'whole' });

  beforeEach(async () => {
    bed = await startConsoleTestBed();
    taskId = await bed.letter();
    await bed.tasks.firestore.doc(`tasks/${taskId}`).update({
      error: { code: 'OUTCOME_UNKNOWN', message: 'Nobody knows', atMs: 1 },
      steps: { stamp: { state: 'started', tries: 1, startedAtMs: 1, atMostOnce: true, result: null } },
    });
  });
  afterEach(() => bed.close());

  const stepState = async (): Promise<unknown> => (await bed.tasks.record(taskId)).steps['stamp']?.state;

  it('is replayed by who says which, and nothing is chosen beforehand', async () => {
    const { text } = await bed.get(`/tasks/${taskId}/replay`);
    assert.equal(text.match(/type="radio"[^>]* required>/g)?.length, 2);
    const refused = await bed.post(`/tasks/${taskId}/replay`, { why });
    assert.equal(refused.status, 409);
    assert.match(refused.text, /find out, and say which/);
    assert.match(refused.text, /type="radio"/);
    assert.equal((await bed.post(`/tasks/${taskId}/replay`, { why, verdict: 'perhaps' })).status, 409);
    assert.equal((await bed.tasks.record(taskId)).state, 'dead');
    const { status } = await bed.post(`/tasks/${taskId}/replay`, { why, verdict: 'happened' });
    assert.equal(status, 303);
    assert.equal(await stepState(), 'done');
    assert.match((await bed.get(`/tasks/${taskId}`)).text, /replay: it had happened/);
    assert.match((await bed.get('/actions')).text, /replay: it had happened/);
  });

  it('is asked for it with an edited payload too, and keeps what was chosen where the payload is wrong', async () => {
    assert.match((await bed.post(`/tasks/${taskId}/mend`)).text, /type="radio"/);
    const refused = await bed.post(`/tasks/${taskId}/replay`, { why, payload });
    assert.equal(refused.status, 409);
    assert.match(refused.text, /Dear Bob/);
    const verdict = 'did-not-happen';
    const wrong = await bed.post(`/tasks/${taskId}/replay`, { why, payload: '{}', verdict });
    assert.equal(wrong.status, 422);
    assert.match(wrong.text, /value="did-not-happen" required checked/);
    assert.equal((await bed.post(`/tasks/${taskId}/replay`, { why, payload, verdict })).status, 303);
    await bed.tasks.whenIdle();
    assert.equal(await stepState(), 'refused');
    assert.equal((await bed.tasks.record(taskId)).state, 'succeeded');
    assert.match((await bed.get(`/tasks/${taskId}`)).text, /replay-mended: it had not happened/);
  });

  it('is left out where many are replayed, which is said of it', async () => {
    const other = await bed.letter();
    for (const fields of [
      [['id', taskId]],
      [
        ['all', '1'],
        ['until', '9999999999999'],
        ['total', '2'],
      ],
    ] as [string, string][][]) {
      const { text } = await bed.post('/dead-letters/replay', [...fields, ['why', why]]);
      assert.match(text, new RegExp(`href="/tasks/${taskId}".*VERDICT_NEEDED.*find out, and say which`));
      await bed.tasks.whenIdle();
    }
    assert.equal((await bed.tasks.record(taskId)).generation, 0);
    assert.equal((await bed.tasks.record(other)).generation, 1);
  });

  it('takes a program’s word too', async () => {
    const refused = await bed.api(`/api/tasks/${taskId}/replay`, { why });
    assert.equal(refused.status, 409);
    assert.equal(JSON.parse(refused.text).code, 'VERDICT_NEEDED');
    const { status } = await bed.api(`/api/tasks/${taskId}/replay`, { why, verdict: 'did-not-happen' });
    assert.equal(status, 202);
    assert.equal(await stepState(), 'refused');
  });

  it('is the only one that is asked', async () => {
    const other = await bed.letter();
    assert.doesNotMatch((await bed.get(`/tasks/${other}/replay`)).text, /type="radio"/);
    assert.doesNotMatch((await bed.post(`/tasks/${other}/mend`)).text, /type="radio"/);
  });
});
