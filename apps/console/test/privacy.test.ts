import assert from 'node:assert/strict';
import { request as httpRequest } from 'node:http';
import { Timestamp } from '@google-cloud/firestore';
import { type ConsoleTestBed, OPERATOR, startConsoleTestBed } from './console-test-bed.ts';

const DAY_MS = 86_400_000;
const why = 'The sender asked';

describe('the console, of personal data and paths', function () {
  this.timeout(30_000);
  let bed: ConsoleTestBed;
  before(async () => {
    bed = await startConsoleTestBed();
  });
  after(() => bed.close());

  const codeOf = (text: string): unknown => JSON.parse(text).code;
  const actions = async () =>
    (await bed.tasks.firestore.collection('operatorActions').get()).docs.map((entry) => entry.data());
  /** A dead letter whose period is over, as the sweep leaves it. */
  async function scrubbedLetter(): Promise<string> {
    const taskId = await bed.letter();
    await bed.tasks.firestore.doc(`tasks/${taskId}`).update({
      payload: 'null',
      payloadHash: '',
      steps: {},
      history: [],
      'error.message': '',
    });
    return taskId;
  }

  it('erases one task once its id is repeated, and records it without the data', async () => {
    const [taskId, other] = [await bed.letter('Dear Bob', 'whole'), await bed.letter('Dear Eve', 'whole')];
    const path = `/tasks/${taskId}`;
    assert.match((await bed.get(path)).text, new RegExp(`href="${path}/erase">Erase…`));
    assert.match((await bed.get(`${path}/erase`)).text, /to confirm/);
    const refused = await bed.post(`${path}/erase`, { why, name: other });
    assert.equal(refused.status, 400);
    assert.match((await bed.tasks.record(taskId)).payload, /Dear Bob/);
    const done = await bed.post(`${path}/erase`, { why, name: taskId });
    assert.equal(done.status, 303);
    assert.match((await bed.get(done.headers.get('Location') ?? '')).text, /Erased: its payload/);
    assert.equal((await bed.tasks.record(taskId)).payload, 'null');
    assert.match((await bed.tasks.record(other)).payload, /Dear Eve/);
    const trail = await actions();
    assert.ok(
      trail.some(
        ({ action, target, by }) => action === 'erase' && target === `tasks/${taskId}` && by === OPERATOR,
      ),
    );
    assert.doesNotMatch(JSON.stringify(trail), /Dear/);
  });

  it('logs no address that an operator gives as a subject', async () => {
    const { status } = await bed.api('/api/erase', { why, subject: 'ada.lovelace@privacy.example' });
    assert.equal(status, 404);
    const line = bed.logs.findLast(({ event }) => event === 'operator.action');
    assert.partialDeepStrictEqual(line, { action: 'erase', target: '<address>' });
    assert.doesNotMatch(JSON.stringify(bed.logs), /lovelace/);
  });

  it('erases one task over the API, with its id repeated', async () => {
    const taskId = await bed.letter('Dear Bob', 'torn');
    const path = `/api/tasks/${taskId}/erase`;
    for (const body of [{ why }, { why, name: 'x' }, { why, name: 7 }]) {
      const { status, text } = await bed.api(path, body);
      assert.deepEqual([status, codeOf(text)], [400, 'NAME_NOT_REPEATED']);
    }
    const { status, text } = await bed.api(path, { why, name: taskId });
    assert.equal(status, 202);
    assert.deepEqual([JSON.parse(text).state, JSON.parse(text).erased], ['discarded', true]);
    const waiting = await bed.letter('Dear Bob', 'whole', 3_600);
    const early = await bed.api(`/api/tasks/${waiting}/erase`, { why, name: waiting });
    assert.deepEqual([early.status, codeOf(early.text)], [409, 'TASK_STATE']);
    await bed.api(`/api/tasks/${waiting}/cancel`, { why });
  });

  it('says of a dead letter whose period is over that it can only be discarded', async () => {
    const taskId = await scrubbedLetter();
    const { text } = await bed.get(`/tasks/${taskId}`);
    assert.match(text, /Its personal data was erased after its period\. It can only be discarded\./);
    assert.match(text, /Discard…/);
    assert.doesNotMatch(text, /Replay…|Mend the payload…|Erase…/);
    const shown = JSON.parse((await bed.get(`/api/tasks/${taskId}`)).text);
    assert.deepEqual([shown.state, shown.erased], ['dead', true]);
    const edited = JSON.stringify({ text: 'Dear Bob', state: 'whole' });
    for (const body of [{ why }, { why, payload: JSON.parse(edited) }]) {
      const refused = await bed.api(`/api/tasks/${taskId}/replay`, body);
      assert.deepEqual([refused.status, codeOf(refused.text)], [409, 'PAYLOAD_ERASED']);
    }
    const form = await bed.post(`/tasks/${taskId}/replay`, { why });
    assert.equal(form.status, 409);
    assert.match(form.text, /its payload was erased/);
    const letters = await bed.post('/dead-letters/replay', [
      ['id', taskId],
      ['why', why],
    ]);
    assert.match(letters.text, /PAYLOAD_ERASED/);
    assert.equal((await bed.api(`/api/tasks/${taskId}/discard`, { why })).status, 202);
  });

  it('gives each recorded action its time, 400 days later', async () => {
    await bed.letter();
    await bed.api('/api/queues/letters/resume', { why });
    for (const { at, expireAt } of await actions()) {
      assert.ok(at instanceof Timestamp && expireAt instanceof Timestamp);
      assert.equal(expireAt.toMillis() - at.toMillis(), 400 * DAY_MS);
    }
  });

  it('purges a queue over the API once its name is repeated', async () => {
    const path = '/api/queues/letters/purge';
    for (const body of [{ why }, { why, name: 'letter' }, { why, name: ['letters'] }]) {
      const { status, text } = await bed.api(path, body);
      assert.deepEqual([status, codeOf(text)], [400, 'NAME_NOT_REPEATED']);
    }
    assert.equal((await bed.api('/api/queues/letters/pause', { why, name: 'letters' })).status, 400);
    assert.equal((await bed.api(path, { why, name: 'letters' })).status, 202);
  });

  /** Sends a path as it is: fetch would tidy it up. */
  async function send(method: string, path: string, token: string): Promise<number> {
    const isApi = path.startsWith('/api/');
    const headers = {
      'x-goog-iap-jwt-assertion': await bed.iap.assert(OPERATOR),
      'content-type': isApi ? 'application/json' : 'application/x-www-form-urlencoded',
    };
    const body = isApi ? JSON.stringify({ why }) : new URLSearchParams({ why, token }).toString();
    const { hostname, port } = new URL(bed.url);
    return new Promise((resolve, reject) => {
      const sent = httpRequest({ hostname, port, method, path, headers }, (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      });
      sent.on('error', reject).end(method === 'POST' ? body : undefined);
    });
  }

  const BAD = [
    '..%2f',
    '..%2F..',
    '%2e%2e',
    '%2e',
    'letters%2fpause',
    'letters%2f..%2fx',
    '%00',
    'a%0ab',
    'a%1b[31m',
    '__x__',
  ];
  for (const [method, path] of [
    ['POST', '/api/queues/{}/pause'],
    ['POST', '/api/queues/{}/purge'],
    ['POST', '/queues/{}/pause'],
    ['GET', '/queues/{}/pause'],
    ['GET', '/api/tasks/{}'],
    ['POST', '/api/tasks/{}/replay'],
    ['POST', '/api/tasks/{}/reveal'],
    ['GET', '/tasks/{}'],
    ['GET', '/tasks/{}/replay'],
    ['POST', '/tasks/{}/replay'],
    ['POST', '/tasks/{}/reveal'],
    ['POST', '/tasks/{}/mend'],
    ['POST', '/api/queues/letters/{}'],
    ['POST', '/api/tasks/abc/{}'],
  ] as const) {
    it(`answers 404 to ${method} ${path} with a parameter that is no name, and does nothing`, async () => {
      const { token } = await bed.get('/contracts');
      const before = (await actions()).length;
      for (const bad of BAD) {
        assert.equal(await send(method, path.replace('{}', bad), token), 404, bad);
      }
      assert.equal((await actions()).length, before);
    });
  }
});
