import assert from 'node:assert/strict';
import { type ConsoleTestBed, startConsoleTestBed } from './console-test-bed.ts';

describe('the console, Cloud Tasks away', function () {
  this.timeout(30_000);
  let bed: ConsoleTestBed;
  before(async () => {
    bed = await startConsoleTestBed({ away: 'tasks' });
    await bed.letter();
  });
  after(() => bed.close());

  for (const path of ['/', '/queues']) {
    it(`shows at ${path} all that is Firestore's, and says what it can't`, async () => {
      const { status, text } = await bed.get(path);
      assert.equal(status, 200);
      assert.match(text, /role="alert"><p>Cloud Tasks does not answer/);
      assert.match(text, /data-label="Dead letters"[^>]*><div>1 /);
      assert.match(text, /data-label="State"><div>unknown</);
      assert.doesNotMatch(text, /missing<|queues? halted/);
    });
  }

  it('tells programs so', async () => {
    const { queues, isCloudTasksAway } = JSON.parse((await bed.get('/api/queues')).text);
    assert.equal(isCloudTasksAway, true);
    assert.equal(queues[0].dead, 1);
  });
});

describe('the console, Firestore away', function () {
  // Firestore's client alone would go on trying for 40 s.
  this.timeout(30_000);
  let bed: ConsoleTestBed;
  before(async () => {
    bed = await startConsoleTestBed({ away: 'firestore' });
  });
  after(() => bed.close());

  for (const path of ['/', '/queues', '/tasks', '/tasks/1', '/dead-letters', '/contracts', '/actions']) {
    it(`answers ${path} with 503 soon, and says what is away`, async () => {
      const { status, text, headers } = await bed.get(path);
      assert.equal(status, 503);
      assert.match(text, /Firestore, where the tasks are kept, does not answer.*STORE_UNAVAILABLE/s);
      assert.match(headers.get('Retry-After') ?? '', /^\d+$/);
    });
  }

  it('does nothing that it can’t record', async () => {
    const { token } = await bed.get('/nothing-here');
    const { status, text } = await bed.post('/queues/letters/pause', { why: 'x' }, { token });
    assert.equal(status, 503);
    assert.match(text, /STORE_UNAVAILABLE/);
    const name = bed.tasks.cloudTasks.queuePath('test-bed', 'us-central1', 'letters');
    assert.equal((await bed.tasks.cloudTasks.getQueue({ name }))[0].state, 'RUNNING');
  });

  it('tells programs so', async () => {
    const { status, text } = await bed.get('/api/tasks');
    assert.equal(status, 503);
    assert.equal(JSON.parse(text).code, 'STORE_UNAVAILABLE');
  });
});
