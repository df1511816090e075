import assert from 'node:assert/strict';
import { bed, enqueue, folds, useLetters } from '../letters.ts';

describe('while Firestore does not answer', () => {
  useLetters();

  it('a delivery is answered 500, not 503, which would slow the whole queue down', async () => {
    const { taskId } = await enqueue({ delaySeconds: 3_600 });
    bed.link.loseResponses();
    const response = await bed.deliver(taskId).finally(() => bed.link.cut());
    assert.equal(response.status, 500);
    assert.equal(((await response.json()) as { code: string }).code, 'STORE_UNAVAILABLE');
    // The claim may have landed: its lease has to run out.
    bed.advance(60_001);
    assert.equal((await bed.deliver(taskId)).status, 200);
    assert.equal(await folds(), 1);
  });

  it('a producer does not wait long for a delayed task to be recorded as sent', async () => {
    const lost = bed.nextLog(({ event }) => event === 'task.sent').then(() => bed.link.loseResponses());
    const unrecorded = bed.nextLog(({ message }) => message === 'delayed task sent but not recorded as sent');
    await Promise.all([lost, enqueue({ delaySeconds: 3_600 })]).finally(() => bed.link.cut());
    assert.match(JSON.stringify(await unrecorded), /within 2000 ms/);
  });
});
