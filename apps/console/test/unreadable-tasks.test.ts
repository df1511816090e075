import assert from 'node:assert/strict';
import { type ConsoleTestBed, startConsoleTestBed } from './console-test-bed.ts';

const DAY_SECONDS = 86_400;

describe('a task whose record can’t be used', () => {
  let bed: ConsoleTestBed;

  before(async () => {
    bed = await startConsoleTestBed();
  });
  after(() => bed.close());

  const letterWith = async (changes: Record<string, unknown>): Promise<string> => {
    const taskId = await bed.letter('Dear Ada', 'whole', DAY_SECONDS);
    await bed.tasks.firestore.doc(`tasks/${taskId}`).update(changes);
    return taskId;
  };

  for (const [what, changes, message] of [
    [
      'a later version',
      { recordVersion: 7 },
      /knows its record version or state: It has the record version 7/,
    ],
    ['an unknown state', { state: 'suspended' }, /knows its record version or state: It has the state/],
  ] as const) {
    it(`of ${what} is shown, and nothing can be done to it here`, async () => {
      const taskId = await letterWith(changes);
      const { status, text } = await bed.get(`/tasks/${taskId}`);
      assert.equal(status, 200);
      assert.match(text, message);
      assert.doesNotMatch(text, /href="[^"]+\/(cancel|run|replay|discard)"/);
      const acted = await bed.api(`/api/tasks/${taskId}/cancel`, { why: 'a test' });
      assert.equal(acted.status, 409);
      assert.match(acted.text, /RECORD_UNREADABLE/);
      assert.equal((await bed.get('/tasks')).status, 200);
    });
  }

  it('that is corrupt and dead is shown with its problem, and can be discarded', async () => {
    const taskId = await letterWith({ state: 'dead', history: 'lost', failedAt: new Date() });
    const { text } = await bed.get(`/tasks/${taskId}`);
    assert.match(
      text,
      /Its record is corrupt: Its field &quot;history&quot; must be a list of events|Its field "history"/,
    );
    assert.match(text, /Discard…/);
    assert.doesNotMatch(text, /Replay…/);
    const shown = JSON.parse((await bed.get(`/api/tasks/${taskId}`)).text) as { problem: { kind: string } };
    assert.equal(shown.problem.kind, 'corrupt');
    assert.equal((await bed.api(`/api/tasks/${taskId}/replay`, { why: 'a test' })).status, 409);
    assert.equal((await bed.api(`/api/tasks/${taskId}/discard`, { why: 'a test' })).status, 202);
    assert.equal((await bed.tasks.record(taskId)).state, 'discarded');
  });
});
