import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import sinon from 'sinon';
import { CallTurns } from './call-turns.ts';

/** Keeps the process busy for longer than one turn may take. */
function keepBusy(): void {
  const began = performance.now();
  while (performance.now() - began < 6);
}

describe('CallTurns', () => {
  it('runs a call at once where nothing runs', () => {
    let runs = 0;
    new CallTurns().run({ cancelled: false }, () => runs++);
    assert.equal(runs, 1);
  });

  it('runs a call at once also where the system held the process up meanwhile', () => {
    const now = sinon.stub(performance, 'now');
    let ms = 0;
    now.callsFake(() => (ms += 100));
    try {
      let runs = 0;
      new CallTurns().run({ cancelled: false }, () => runs++);
      assert.equal(runs, 1);
    } finally {
      now.restore();
    }
  });

  it('lets the event loop go round after long calls, and keeps the order', async () => {
    const turns = new CallTurns();
    const ran: number[] = [];
    for (const number of [1, 2, 3]) {
      turns.run({ cancelled: false }, () => {
        ran.push(number);
        keepBusy();
      });
    }
    assert.deepEqual(ran, [1]);
    while (ran.length < 3) await nextTurn();
    assert.deepEqual(ran, [1, 2, 3]);
  });

  it('drops calls whose clients go while they wait', async () => {
    const turns = new CallTurns();
    const ran: number[] = [];
    const calls = [1, 2, 3].map(() => ({ cancelled: false }));
    for (const [index, call] of calls.entries()) {
      turns.run(call, () => {
        ran.push(index);
        keepBusy();
      });
    }
    assert.ok(calls[1]);
    calls[1].cancelled = true;
    while (ran.length < 2) await nextTurn();
    assert.deepEqual(ran, [0, 2]);
  });
});
