import assert from 'node:assert/strict';
import { StackEvents } from './stack-events.ts';

describe('StackEvents', () => {
  const succeeded = {
    source: 'worker',
    event: 'task.succeeded',
    severity: 'INFO',
    message: 'task succeeded',
    fields: {},
  };

  it('finds what has happened already', async () => {
    const events = new StackEvents(() => 17);
    events.add(succeeded);
    const found = await events.waitFor(({ event }) => event === 'task.succeeded', 1_000);
    assert.deepEqual(found, { sequence: 1, atMs: 17, ...succeeded });
  });

  it('waits for what has not', async () => {
    const events = new StackEvents(() => 17);
    events.add(succeeded);
    const waiting = events.waitFor(({ sequence }) => sequence === 2, 1_000);
    events.add(succeeded);
    assert.equal((await waiting).sequence, 2);
  });

  it('tells the last events when none came', async () => {
    const events = new StackEvents(() => 17);
    events.add(succeeded);
    await assert.rejects(
      events.waitFor(() => false, 1),
      /within 1 ms.*\n {2}worker INFO task\.succeeded/,
    );
  });

  it('does not tell one who has stopped listening', () => {
    const events = new StackEvents(() => 17);
    const heard: number[] = [];
    const stop = events.listen(({ sequence }) => heard.push(sequence));
    events.add(succeeded);
    stop();
    events.add(succeeded);
    assert.deepEqual(heard, [1]);
  });
});
