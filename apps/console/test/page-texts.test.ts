import assert from 'node:assert/strict';
import { Timestamp } from '@google-cloud/firestore';
import { type ConsoleTestBed, startConsoleTestBed } from './console-test-bed.ts';

describe('the pages’ words', function () {
  this.timeout(30_000);
  let bed: ConsoleTestBed;
  let taskId: string;
  const why = 'It kills its worker';

  beforeEach(async () => {
    bed = await startConsoleTestBed();
    taskId = await bed.letter('Dear Ada', 'whole', 3_600);
  });
  afterEach(() => bed.close());

  const change = (fields: object): Promise<unknown> =>
    bed.tasks.firestore.doc(`tasks/${taskId}`).update({ ...fields });

  it('tell that a lease has run out, and have the task cancelled then, not before', async () => {
    const now = bed.tasks.clock.nowMs();
    await change({ state: 'running', attempts: 3, leaseUntil: Timestamp.fromMillis(now + 60_000) });
    const held = await bed.get(`/tasks/${taskId}`);
    assert.doesNotMatch(held.text, /lease run out|Cancel…/);
    assert.equal((await bed.post(`/tasks/${taskId}/cancel`, { why })).status, 409);
    await change({ leaseUntil: Timestamp.fromMillis(now - 60_000) });
    const { text } = await bed.get(`/tasks/${taskId}`);
    assert.match(text, /Attempt 3; <strong>lease run out<\/strong>/);
    assert.match(text, /Cancel…/);
    assert.doesNotMatch(text, /Run now…|Replay…/);
    assert.equal((await bed.post(`/tasks/${taskId}/cancel`, { why })).status, 303);
    assert.equal((await bed.tasks.record(taskId)).state, 'cancelled');
  });

  for (const [code, words] of [
    ['UNKNOWN_CONTRACT', /Waits for a worker that knows its contract/],
    ['WRONG_SERVICE', /Waits for the service that does its contract/],
    ['OTHER_SCHEMA', /Waits for a worker that takes its payload/],
  ] as const) {
    it(`say why a task waits for another worker after ${code}`, async () => {
      await change({ error: { code, message: 'No', atMs: 1 } });
      assert.match((await bed.get(`/tasks/${taskId}`)).text, words);
      await change({ state: 'dead' });
      assert.doesNotMatch((await bed.get(`/tasks/${taskId}`)).text, words);
    });
  }

  it('tell that of a long life only the end is kept, and of an erased one nothing', async () => {
    const event = (attempt: number): object => ({ atMs: attempt, event: 'retry', attempt, code: 'JAM' });
    const events = (count: number): object[] => Array.from({ length: count }, (_, index) => event(index + 1));
    const life = async (): Promise<string> =>
      /<ol class="timeline">(.*?)<\/ol>/s.exec((await bed.get(`/tasks/${taskId}`)).text)?.[1] ?? '';
    await change({ history: events(29) });
    assert.doesNotMatch(await life(), /Only its last|erased/);
    await change({ history: events(30) });
    assert.match(await life(), /Enqueued<.*Only its last 30 events are kept<.*attempt 1</s);
    await change({ state: 'succeeded', history: [], payload: 'null', payloadHash: '' });
    assert.match(await life(), /Enqueued<.*What came then is erased</s);
  });

  it('tell contention from a worker that was ending, and count it apart from the attempts', async () => {
    const event = (code: string): object => ({ atMs: 1, event: 'handed-back', attempt: 1, code });
    const text = async (): Promise<string> => (await bed.get(`/tasks/${taskId}`)).text;
    await change({ attempts: 1, history: [event('STOPPING')] });
    assert.match(await text(), /Handed back: its worker was ending/);
    assert.doesNotMatch(await text(), /other transactions held/);
    await change({ history: [event('CONTENTION'), event('CONTENTION')] });
    assert.match(await text(), /Handed back: other transactions held its documents; to be tried again/);
    assert.match(await text(), /1, and 2 that do not count: other transactions held its documents/);
  });

  it('say whether a payload matches its schema, where there is one', async () => {
    const text = async (): Promise<string> => (await bed.get(`/tasks/${taskId}`)).text;
    assert.match(await text(), /It matches the schema/);
    await change({ payload: '{"text":"a"}' });
    assert.doesNotMatch(await text(), /It matches the schema/);
    await change({ payload: '{"text":"a","state":"whole"}', version: 7 });
    assert.doesNotMatch(await text(), /It matches the schema/);
  });

  it('mask whatever a payload holds, and show its members alone', async () => {
    await change({ payload: '{"isIll":true,"isWell":false,"age":41,"names":["Ada",null]}' });
    const { text } = await bed.get(`/tasks/${taskId}`);
    const [, payload = ''] = /aria-label="Payload"><code>(.*?)<\/code>/s.exec(text) ?? [];
    assert.deepEqual(JSON.parse(payload.replaceAll('&quot;', '"')), {
      isIll: '‹true or false›',
      isWell: '‹true or false›',
      age: '‹number›',
      names: ['‹text›', null],
    });
  });

  it('tell on the overview what fails and what is due, and lead to what fails', async () => {
    const failing = await bed.letter('Dear Bob', 'whole', 3_600);
    const error = { code: 'PRESS_JAMMED', message: 'It is jammed', atMs: 1 };
    await bed.tasks.firestore
      .doc(`tasks/${failing}`)
      .update({ error, notBefore: Timestamp.fromMillis(bed.tasks.clock.nowMs() - 1_000) });
    const { text } = await bed.get('/');
    const figures = [...text.matchAll(/<strong>(\d+)<\/strong> <span>([\w ]+)</g)].map(
      ([, n, what]) => `${n} ${what}`,
    );
    for (const figure of ['1 failing', '1 due now', '2 waiting']) assert.ok(figures.includes(figure), figure);
    assert.match(text, /class="figure alarming"><a href="\/tasks\?failing=1">/);
    const list = await bed.get('/tasks?failing=1');
    assert.match(list.text, new RegExp(`${failing}.*PRESS_JAMMED`, 's'));
    assert.doesNotMatch(list.text, new RegExp(taskId));
  });

  it('count the tasks of contracts that this console does not know', async () => {
    assert.doesNotMatch((await bed.get('/contracts')).text, /others</);
    await change({ version: 7 });
    const { text } = await bed.get('/contracts');
    assert.match(text, /others<.*does not know.*data-label="Pending" class="number"><div>1</s);
  });

  it('tell of this machine’s instances, their crash loops and last deaths', async () => {
    const { text } = await bed.get('/local');
    assert.match(text, /worker <span class="quiet">v1<.*<div>ready<.*<div>4711<.*<div>2<.*<div>1</s);
    assert.match(text, /crash loop<.*<div>7<.*<div>ended by SIGKILL</s);
  });

  it('say that all is well only where there is no dead letter at all', async () => {
    assert.match((await bed.get('/dead-letters')).text, /All is well/);
    assert.match(
      (await bed.get('/dead-letters?contract=seal-letter')).text,
      /no dead letter of seal-letter\./,
    );
    assert.doesNotMatch((await bed.get('/dead-letters?contract=seal-letter')).text, /All is well/);
  });

  it('say what a purge makes of orders', async () => {
    assert.match(
      (await bed.get('/queues/letters/purge')).text,
      /a reservation that dies of it cancels its order/,
    );
    assert.doesNotMatch((await bed.get('/queues/letters/purge')).text, /The sweep sends tasks of/);
  });
});
