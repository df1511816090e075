import assert from 'node:assert/strict';
import { type ConsoleTestBed, startConsoleTestBed } from './console-test-bed.ts';

describe('a task that ended with a declared outcome', () => {
  let bed: ConsoleTestBed;
  let taskId: string;

  before(async () => {
    bed = await startConsoleTestBed();
    await bed.letter('Dear Ada', 'whole');
    taskId = await bed.letter('Dear Bob', 'crumpled');
  });
  after(() => bed.close());

  it('is shown with it on its page, and is no dead letter', async () => {
    const { text } = await bed.get(`/tasks/${taskId}`);
    assert.match(text, /succeeded<\/span> <span>Ended as “crumpled”, after 1 attempt\./);
    assert.match((await bed.get('/dead-letters')).text, /There is no dead letter/);
  });

  it('is listed by it, alone and with its contract', async () => {
    for (const query of ['outcome=crumpled', 'outcome=crumpled&contract=fold-letter']) {
      const { text } = await bed.get(`/tasks?${query}`);
      assert.match(text, /Tasks that ended as "crumpled"|Tasks that ended as &quot;crumpled&quot;/);
      assert.equal(text.match(/<span class="outcome">crumpled<\/span>/g)?.length, 1);
      assert.equal(text.match(/<th role="rowheader"/g)?.length, 1);
    }
    const listed = JSON.parse((await bed.get('/api/tasks?outcome=crumpled')).text) as {
      tasks: { taskId: string; outcome: string }[];
    };
    assert.deepEqual(
      listed.tasks.map(({ taskId: id, outcome }) => [id, outcome]),
      [[taskId, 'crumpled']],
    );
  });

  it('is counted for its contract', async () => {
    const { text } = await bed.get('/contracts');
    assert.match(text, /crumpled <a href="\/tasks\?contract=fold-letter&amp;outcome=crumpled">1<\/a>/);
  });

  it('is not looked for in a queue, and the list says so', async () => {
    const { status, text } = await bed.get('/tasks?outcome=crumpled&queue=letters');
    assert.equal(status, 400);
    assert.match(text, /choose a queue or an outcome, not both/);
  });
});
