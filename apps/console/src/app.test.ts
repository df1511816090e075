import assert from 'node:assert/strict';
import { Timestamp } from '@google-cloud/firestore';
import sinon from 'sinon';
import {
  type ConsoleTestBed,
  foldLetter,
  OPERATOR,
  startConsoleTestBed,
  VIEWER,
} from '../test/console-test-bed.ts';

describe('the console', function () {
  this.timeout(30_000);
  let bed: ConsoleTestBed;
  beforeEach(async () => {
    bed = await startConsoleTestBed();
  });
  afterEach(async () => {
    sinon.restore();
    // Whatever a test did: nobody's address and no payload is in a log.
    const logged = JSON.stringify(bed.logs);
    await bed.close();
    assert.doesNotMatch(logged, /@example\.com|Dear /);
  });

  const why = 'The sender wrote it anew';
  const stateOf = async (taskId: string): Promise<string> => (await bed.tasks.record(taskId)).state;
  const editedPayload = JSON.stringify({ text: 'Dear Bob', state: 'whole' });

  describe('dead letters', () => {
    it('are edited and replayed, with who, when and why in the record', async () => {
      const taskId = await bed.letter();
      assert.equal(await stateOf(taskId), 'dead');
      const { text } = await bed.post(`/tasks/${taskId}/mend`);
      assert.match(text, /Dear Ada/);
      const { status, headers } = await bed.post(`/tasks/${taskId}/replay`, { why, payload: editedPayload });
      assert.equal(status, 303);
      await bed.tasks.whenIdle();
      const record = await bed.tasks.record(taskId);
      assert.equal(record.state, 'succeeded');
      assert.equal(record.payload, '{"state":"whole","text":"Dear Bob"}');
      const [entry] = record.audit;
      assert.deepEqual(
        { by: entry?.by, why: entry?.why, action: entry?.action },
        { by: OPERATOR, why, action: 'replay-mended' },
      );
      const page = await bed.get(headers.get('Location') ?? '');
      assert.match(page.text, /Replayed: it has all its attempts again/);
      assert.match(page.text, new RegExp(why));
      assert.match((await bed.get('/actions')).text, /replay with a mended payload/);
    });

    it('are not replayed with a payload that breaks the schema: the field keeps it, and what is wrong stands beside', async () => {
      const taskId = await bed.letter();
      for (const [payload, problem] of [
        ['{"text":"Dear Bob"}', /<code>\/state<\/code> is required/],
        ['{"text":', /not valid JSON/],
      ] as const) {
        const { status, text } = await bed.post(`/tasks/${taskId}/replay`, { why, payload });
        assert.equal(status, 422);
        assert.match(text, problem);
        assert.match(text, /Dear Bob|\{&quot;text/);
      }
      assert.equal(await stateOf(taskId), 'dead');
      assert.equal((await bed.tasks.record(taskId)).generation, 0);
    });

    it('are edited though their payload be as long as payloads get; a longer form is refused', async () => {
      const taskId = await bed.letter();
      // A quotation mark is three bytes in a form, and one of a payload's 512 KiB.
      const [long, tooLong] = [512 * 1_024, 700_000].map((length) => '"'.repeat(length));
      assert.equal((await bed.post(`/tasks/${taskId}/replay`, { why, payload: long ?? '' })).status, 422);
      const refused = await bed.post(`/tasks/${taskId}/replay`, { why, payload: tooLong ?? '' });
      assert.equal(refused.status, 413);
      assert.match(refused.text, /BODY_TOO_LARGE/);
    });

    it('are checked while they are edited', async () => {
      const fields = { contract: 'fold-letter', version: '1' };
      const check = async (payload: string): Promise<unknown> =>
        JSON.parse((await bed.post('/check', { ...fields, payload })).text).violations;
      assert.deepEqual(await check(editedPayload), []);
      assert.deepEqual(await check('{"text":"a"}'), [{ pointer: '/state', message: 'is required' }]);
    });

    it('are discarded', async () => {
      const taskId = await bed.letter();
      assert.equal((await bed.post(`/tasks/${taskId}/discard`, { why })).status, 303);
      assert.equal(await stateOf(taskId), 'discarded');
      const again = await bed.post(`/tasks/${taskId}/discard`, { why });
      assert.equal(again.status, 409);
      assert.match(again.text, /must be dead, and is discarded/);
    });

    it('are replayed together, each for itself', async () => {
      const [torn, other] = [await bed.letter(), await bed.letter()];
      await bed.post(`/tasks/${other}/discard`, { why });
      const confirm = await bed.get(`/dead-letters/replay?id=${torn}&id=${other}`);
      assert.match(confirm.text, /Replay 2 dead letters/);
      const { text } = await bed.post('/dead-letters/replay', [
        ['id', torn],
        ['id', other],
        ['why', why],
      ]);
      assert.match(text, /<strong>1<\/strong> replayed, <strong>1<\/strong> not/);
      assert.match(text, /TASK_STATE/);
      await bed.tasks.whenIdle();
      // It is still torn: it died again, but of a new generation.
      const record = await bed.tasks.record(torn);
      assert.equal(record.generation, 1);
      assert.equal(record.state, 'dead');
    });

    it('are replayed all, batch by batch, and none twice though it dies again', async () => {
      const ids: string[] = [];
      for (let index = 0; index < 30; index += 1) ids.push(await bed.letter(`letter ${index}`));
      let page = await bed.get('/dead-letters/replay?all=1&contract=fold-letter');
      assert.match(page.text, /Replay 30 dead letters/);
      let batches = 0;
      for (;;) {
        const fields: [string, string][] = [
          ...page.text.matchAll(/<input type="hidden" name="(\w+)" value="([^"]*)">/g),
        ]
          .map(([, name = '', value = '']): [string, string] => [name, value])
          .filter(([name]) => name !== 'token' && name !== 'why');
        page = await bed.post('/dead-letters/replay', [...fields, ['why', why]]);
        assert.equal(page.status, 200);
        batches += 1;
        await bed.tasks.whenIdle();
        if (!page.text.includes('data-continue')) break;
        assert.match(page.text, /25 of 30/);
      }
      assert.equal(batches, 2);
      assert.match(page.text, /<strong>30<\/strong> replayed/);
      for (const taskId of ids) assert.equal((await bed.tasks.record(taskId)).generation, 1);
    });

    it('can’t be chosen but by ids, and at most a page of them', async () => {
      for (const query of [
        '',
        '?id=',
        '?id=a%2Fb',
        `?${Array.from({ length: 26 }, (_, i) => `id=${i}`).join('&')}`,
      ]) {
        assert.equal((await bed.get(`/dead-letters/replay${query}`)).status, 400);
      }
    });
  });

  describe('tasks', () => {
    it('that wait are run now, or cancelled', async () => {
      const [soon, never] = [await bed.letter('a', 'whole', 3_600), await bed.letter('b', 'whole', 3_600)];
      assert.equal((await bed.post(`/tasks/${soon}/run`, { why })).status, 303);
      await bed.tasks.whenIdle();
      assert.equal(await stateOf(soon), 'succeeded');
      assert.equal((await bed.tasks.record(soon)).audit[0]?.action, 'run-now');
      assert.equal((await bed.post(`/tasks/${never}/cancel`, { why })).status, 303);
      assert.equal(await stateOf(never), 'cancelled');
    });

    it('tell their whole life: what happened when, to which attempt, and why', async () => {
      const taskId = await bed.letter();
      await bed.post(`/tasks/${taskId}/replay`, { why });
      await bed.tasks.whenIdle();
      const { text } = await bed.get(`/tasks/${taskId}`);
      const [, life = ''] = /<ol class="timeline">(.*?)<\/ol>/s.exec(text) ?? [];
      assert.deepEqual(
        [...life.matchAll(/<span class="what">(.*?)<\/span>/g)].map(([, what]) => what),
        [
          'Enqueued',
          'Claimed by a worker',
          'Given up',
          'Replayed by a person',
          'Claimed by a worker',
          'Given up',
        ],
      );
      assert.match(life, /attempt 1<\/span> <code>LETTER_TORN<\/code> <span class="quiet">after \d+ m?s</);
      assert.match(text, /<code>LETTER_TORN<\/code> The letter is torn/);
      assert.match(text, /<dt>Generation<\/dt><dd>1<\/dd>/);
      for (const [heading, value] of [
        ['Who', OPERATOR],
        ['Why', why],
        ['Action', 'replay'],
      ]) {
        assert.ok(text.includes(`data-label="${heading}"><div>${value}</div>`), heading);
      }
    });

    it('show their calls to the outside, and what those gave only when asked', async () => {
      const taskId = await bed.letter();
      const step = { state: 'done', tries: 2, startedAtMs: 1, result: '{"to":"Ada"}' };
      await bed.tasks.firestore.doc(`tasks/${taskId}`).update({ steps: { stamp: step } });
      const masked = await bed.get(`/tasks/${taskId}`);
      assert.match(masked.text, /<code>stamp<\/code>.*‹text›/s);
      assert.doesNotMatch(masked.text, /Ada/);
      assert.match((await bed.post(`/tasks/${taskId}/reveal`)).text, /&quot;to&quot;:&quot;Ada&quot;/);
    });

    it('show why a provider refused a call', async () => {
      const taskId = await bed.letter();
      const error = { code: 'DECLINED', message: 'The card was declined' };
      const step = { state: 'refused', tries: 1, startedAtMs: 1, refusedAtMs: 1, result: null, error };
      await bed.tasks.firestore.doc(`tasks/${taskId}`).update({ steps: { charge: step } });
      const { text } = await bed.get(`/tasks/${taskId}`);
      assert.match(text, /refused with <code>DECLINED<\/code>: The card was declined/);
    });

    it('stand in the tree of all that is about the same, below what enqueued them', async () => {
      const [root, child, grandchild] = [await bed.letter(), await bed.letter(), await bed.letter()];
      await bed.tasks.firestore.doc(`tasks/${child}`).update({ parent: root });
      await bed.tasks.firestore.doc(`tasks/${grandchild}`).update({ parent: child });
      const { text } = await bed.get(`/tasks/${child}`);
      const [tree = ''] = /<ul class="tree">.*?<\/section>/s.exec(text) ?? [];
      const shown = [...tree.matchAll(/href="\/tasks\/(\w+)"|aria-current|<ul>/g)].map(
        ([all, id]) => id ?? all,
      );
      assert.deepEqual(shown, [root, '<ul>', 'aria-current', '<ul>', grandchild]);
      assert.match(text, new RegExp(`by <a class="id" href="/tasks/${root}"`));
    });

    it('say where their payload breaks its schema, and which schema this console does not have', async () => {
      const taskId = await bed.letter();
      await bed.tasks.firestore.doc(`tasks/${taskId}`).update({ payload: '{"text":"a"}' });
      const broken = await bed.get(`/tasks/${taskId}`);
      assert.match(broken.text, /It breaks the schema:.*<code>\/state<\/code> is required/s);
      await bed.tasks.firestore.doc(`tasks/${taskId}`).update({ version: 7 });
      const unknown = await bed.get(`/tasks/${taskId}`);
      assert.match(unknown.text, /knows no version 7 of fold-letter/);
      assert.doesNotMatch(unknown.text, /Mend the payload/);
      assert.equal((await bed.post(`/tasks/${taskId}/mend`)).status, 409);
    });

    it('hide their payload until an operator asks, which is recorded', async () => {
      const taskId = await bed.letter('Dear Ada');
      const masked = await bed.get(`/tasks/${taskId}`);
      assert.doesNotMatch(masked.text, /Dear Ada/);
      assert.match(masked.text, /‹text›/);
      assert.doesNotMatch((await bed.get(`/api/tasks/${taskId}`)).text, /Dear Ada/);
      assert.match((await bed.post(`/tasks/${taskId}/reveal`)).text, /Dear Ada/);
      assert.match((await bed.api(`/api/tasks/${taskId}/reveal`, {})).text, /Dear Ada/);
      assert.match((await bed.post(`/tasks/${taskId}/mend`)).text, /Dear Ada/);
      const looks = await bed.tasks.firestore.collection('operatorActions').get();
      assert.deepEqual(
        looks.docs.map((look) => [look.get('by'), look.get('action'), look.get('target')]),
        Array(3).fill([OPERATOR, 'show values', `tasks/${taskId}`]),
      );
      assert.match((await bed.get('/actions')).text, /show values/);
    });

    it('show nothing of a payload when the look can’t be recorded', async () => {
      const taskId = await bed.letter('Dear Ada');
      const broken = sinon.stub(bed.tasks.firestore, 'collection').callThrough();
      broken.withArgs('operatorActions').throws(new Error('Firestore is away'));
      for (const path of ['reveal', 'mend']) {
        const { status, text } = await bed.post(`/tasks/${taskId}/${path}`);
        assert.equal(status, 500);
        assert.doesNotMatch(text, /Dear Ada/);
      }
    });

    it('tell what Cloud Tasks has of them, its headers’ values masked like the payload', async () => {
      const taskId = await bed.letter('Dear Ada', 'whole', 3_600);
      const masked = await bed.get(`/tasks/${taskId}`);
      assert.match(masked.text, /<code class="whole">\/tasks\/fold-letter\/v1<\/code>/);
      assert.match(masked.text, /<dt>Header Content-Type<\/dt><dd><code class="whole">‹text›</);
      const shown = await bed.post(`/tasks/${taskId}/reveal`);
      assert.match(shown.text, /<dt>Header Content-Type<\/dt><dd><code class="whole">application\/json</);
      await bed.post(`/tasks/${taskId}/run`, { why });
      await bed.tasks.whenIdle();
      assert.match((await bed.get(`/tasks/${taskId}`)).text, /answered for good/);
    });

    it('are shown also while Cloud Tasks is away', async () => {
      const taskId = await bed.letter('Dear Ada', 'whole', 3_600);
      sinon.stub(bed.tasks.cloudTasks, 'getTask').rejects(new Error('It is away'));
      const { status, text } = await bed.get(`/tasks/${taskId}`);
      assert.equal(status, 200);
      assert.match(text, /Cloud Tasks did not say/);
    });

    it('are found by id, by their name in Cloud Tasks and by their subject, which stay out of the address', async () => {
      const taskId = await bed.letter();
      await bed.tasks.createWithoutRecord(
        foldLetter,
        { text: 'Dear Ada', state: 'torn' },
        {
          name: 'from-gcloud',
        },
      );
      await bed.tasks.whenIdle();
      for (const [id, target] of [
        [taskId, `/tasks/${taskId}`],
        [` ${taskId}-g0 `, `/tasks/${taskId}`],
        [`projects/demo/locations/us-central1/queues/letters/tasks/${taskId}-g0`, `/tasks/${taskId}`],
        ['from-gcloud', '/tasks/letters.from-gcloud'],
        [
          'projects/demo/locations/us-central1/queues/letters/tasks/from-gcloud',
          '/tasks/letters.from-gcloud',
        ],
        ['letters/1', '/tasks?subject=letters%2F1'],
      ] as const) {
        const { status, headers } = await bed.post('/search', { id });
        assert.equal(status, 303);
        assert.equal(headers.get('Location'), target);
      }
      const missing = await bed.post('/search', { id: 'ada@example.com' });
      assert.equal(missing.status, 404);
      assert.doesNotMatch(missing.text.replaceAll(/<p class="who">.*?<\/p>/g, ''), /ada@example\.com/);
    });

    it('are listed by state, contract, queue and subject; what has no index is refused in words', async () => {
      const taskId = await bed.letter();
      for (const query of ['', '?state=dead', '?contract=fold-letter', '?subject=letters/1']) {
        const { status, text } = await bed.get(`/tasks${query}`);
        assert.equal(status, 200, query);
        assert.match(text, new RegExp(taskId), query);
      }
      assert.doesNotMatch((await bed.get('/tasks?queue=letters')).text, new RegExp(taskId));
      const ofService = (await bed.get('/tasks?service=worker')).text;
      assert.match(ofService, /<option selected>worker<\/option>/);
      assert.match((await bed.get('/tasks?service=billing')).text, /There is no such task/);
      assert.match((await bed.get('/contracts')).text, /href="\/tasks\?service=worker">worker</);
      const refused = await bed.get('/tasks?queue=letters&contract=fold-letter');
      assert.equal(refused.status, 400);
      assert.match(refused.text, /choose a queue or a contract/);
      // What was chosen stays, to be mended.
      assert.match(refused.text, /<option selected>letters<\/option>/);
      const about = await bed.get('/tasks?subject=letters/1&state=dead');
      assert.match(about.text, /<input type="hidden" name="subject" value="letters\/1">/);
    });

    it('hold texts that stay texts, whatever they are', async () => {
      const evil = '"><script>alert(1)</script><img src=x onerror=alert(2)>';
      const taskId = await bed.tasks.client.transaction(async (transaction) => {
        const { contract } = { contract: bed.tasks.catalogue.newest('fold-letter') };
        assert.ok(contract);
        return transaction.enqueue(
          contract,
          { text: evil, state: 'torn' },
          { subject: `letters/${evil.replaceAll('/', '')}` },
        ).taskId;
      });
      await bed.tasks.whenIdle();
      await bed.tasks.firestore.doc(`tasks/${taskId}`).update({
        error: { code: evil, message: evil, atMs: 1 },
        queue: evil,
        audit: [{ atMs: 1, action: evil, by: evil, why: evil }],
        steps: {
          [evil]: { state: 'done', tries: 1, startedAtMs: 1, result: evil },
          refused: {
            state: 'refused',
            tries: 1,
            startedAtMs: 1,
            result: null,
            error: { code: evil, message: evil },
          },
        },
        traceparent: evil,
      });
      const responses = [
        await bed.get(`/tasks/${taskId}`),
        await bed.post(`/tasks/${taskId}/reveal`),
        await bed.post(`/tasks/${taskId}/mend`),
        await bed.get('/dead-letters'),
        await bed.get(`/tasks/${taskId}/replay`),
        await bed.get(`/tasks?subject=${encodeURIComponent(evil)}`),
        await bed.get(`/queues/${encodeURIComponent(evil)}/pause`),
        await bed.get(`/tasks/${encodeURIComponent(evil)}`),
        await bed.post(`/tasks/${taskId}/replay`, { why: evil, payload: evil }),
      ];
      for (const { text } of responses) {
        // A path that leads nowhere is named as it came, percent-encoded.
        assert.match(text, /&lt;script&gt;|&lt;img|%3Cscript%3E/);
        assert.doesNotMatch(text, /<script>|<img|onerror=alert\(2\)>/);
      }
    });
  });

  describe('queues', () => {
    const name = (): string => bed.tasks.cloudTasks.queuePath('test-bed', 'us-central1', 'letters');
    const queueState = async (): Promise<unknown> =>
      (await bed.tasks.cloudTasks.getQueue({ name: name() }))[0].state;

    it('are paused and resumed', async () => {
      assert.equal((await bed.post('/queues/letters/pause', { why })).status, 303);
      assert.equal(await queueState(), 'PAUSED');
      assert.match((await bed.get('/queues')).text, /paused/);
      assert.equal((await bed.post('/queues/letters/resume', { why })).status, 303);
      assert.equal(await queueState(), 'RUNNING');
      assert.match((await bed.get('/actions')).text, /queues\/letters/);
    });

    it('are purged once their name is written again', async () => {
      await bed.letter('a', 'whole', 3_600);
      assert.equal((await bed.post('/queues/letters/purge', { why, name: 'letter' })).status, 400);
      assert.equal((await bed.tasks.cloudTasks.listTasks({ parent: name() }))[0].length, 1);
      assert.equal((await bed.post('/queues/letters/purge', { why, name: 'letters' })).status, 303);
      assert.equal((await bed.tasks.cloudTasks.listTasks({ parent: name() }))[0].length, 0);
    });

    it('that are not there can’t be changed', async () => {
      const { status, text } = await bed.post('/queues/parcels/pause', { why });
      assert.equal(status, 404);
      assert.match(text, /Queue parcels is not in Cloud Tasks/);
      assert.match((await bed.get('/actions')).text, /refused: QUEUE_NOT_FOUND/);
    });
  });

  it('shows how everything stands', async () => {
    await bed.letter();
    const { text } = await bed.get('/');
    assert.match(text, /<strong>1<\/strong> <span>dead letter<\/span>/);
    assert.match(text, /1 enqueued, 1 died in the last hour/);
    assert.match(text, /<a href="\/tasks\?queue=letters">letters<\/a>/);
    assert.match((await bed.get('/contracts')).text, /state=dead">1<\/a>/);
  });

  it('tells per queue what is wrong with it: paused, late, dead letters, and how fast it may go', async () => {
    await bed.letter();
    const late = await bed.letter('Dear Bob', 'whole', 3_600);
    const fiveMinutesAgo = Timestamp.fromMillis(Date.now() - 300_500);
    await bed.tasks.firestore.doc(`tasks/${late}`).update({ dueAt: fiveMinutesAgo });
    await bed.post('/queues/letters/pause', { why });
    const { text } = await bed.get('/');
    for (const figure of [
      '1</strong> <span>overdue',
      '1</strong> <span>queue halted',
      '1</strong> <span>waiting',
    ]) {
      assert.ok(text.includes(`<strong>${figure}`), figure);
    }
    const cell = (heading: string): string =>
      new RegExp(`data-label="${heading}"[^>]*><div>(.*?)</div></td>`)
        .exec(text)?.[1]
        ?.replaceAll(/<[^>]+>/g, '') ?? '';
    assert.match(cell('State'), /paused/);
    assert.equal(cell('Waiting'), '1');
    assert.match(cell('Oldest overdue'), /5 min/);
    assert.match(cell('Rate'), /^500\/s, \d+ at once$/);
    assert.equal(cell('Dead letters'), '1 1 in the last hour');
    assert.match((await bed.get('/tasks?overdue=1')).text, new RegExp(late));
  });

  it('lets programs do the same, by JSON', async () => {
    const taskId = await bed.letter();
    const { tasks } = JSON.parse((await bed.get('/api/tasks?state=dead')).text);
    assert.deepEqual(
      tasks.map((task: { taskId: string }) => task.taskId),
      [taskId],
    );
    assert.equal(JSON.parse((await bed.get('/api/queues')).text).queues[0].dead, 1);
    const wrong = await bed.api(`/api/tasks/${taskId}/replay`, { why, payload: { text: 'a' } });
    assert.equal(wrong.status, 422);
    assert.equal(JSON.parse(wrong.text).code, 'CONTRACT_VIOLATION');
    for (const [members, refusal, code] of [
      [{ payload: null }, 422, 'CONTRACT_VIOLATION'],
      [{ payload: '' }, 422, 'CONTRACT_VIOLATION'],
      [{ verdict: null }, 422, 'VERDICT_UNKNOWN'],
      [{ verdict: 'perhaps' }, 422, 'VERDICT_UNKNOWN'],
      [{ paylaod: JSON.parse(editedPayload) }, 400, 'MEMBER_UNKNOWN'],
    ] as const) {
      const refused = await bed.api(`/api/tasks/${taskId}/replay`, { why, ...members });
      assert.equal(refused.status, refusal, code);
      assert.equal(JSON.parse(refused.text).code, code);
    }
    const other = await bed.api(`/api/tasks/${taskId}/discard`, { why, payload: JSON.parse(editedPayload) });
    assert.equal(JSON.parse(other.text).code, 'MEMBER_UNKNOWN');
    assert.deepEqual((await bed.tasks.record(taskId)).audit, []);
    const { status } = await bed.api(`/api/tasks/${taskId}/replay`, {
      why,
      payload: JSON.parse(editedPayload),
    });
    assert.equal(status, 202);
    await bed.tasks.whenIdle();
    assert.equal(await stateOf(taskId), 'succeeded');
    assert.equal((await bed.api('/api/queues/letters/pause', { why })).status, 202);
    assert.match((await bed.api(`/api/tasks/${taskId}/reveal`, {})).text, /Dear Bob/);
  });

  it('may not be framed, and runs no script but its own', async () => {
    for (const path of ['/', '/nothing-here', '/tasks/none', '/api/tasks/none', '/assets/console.css']) {
      const { headers, text } = await bed.get(path);
      const policy = headers.get('Content-Security-Policy') ?? '';
      assert.match(policy, /default-src 'none'.*script-src 'self';.*frame-ancestors 'none'/);
      assert.doesNotMatch(policy, /unsafe/);
      assert.doesNotMatch(text, /<script(?![^>]* src=)|<style| style="| on\w+="/);
    }
    assert.equal((await bed.get('/nothing-here')).status, 404);
  });

  it('gives its cookie to this host alone, out of scripts’ reach', async () => {
    const fresh = await bed.get('/contracts', { as: VIEWER });
    assert.match(
      fresh.headers.get('Set-Cookie') ?? '',
      /^__Host-console=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Secure$/,
    );
  });
});
