import assert from 'node:assert/strict';
import sinon from 'sinon';
import { AttemptDeadlines } from './attempt-deadlines.ts';

describe('AttemptDeadlines', () => {
  let timers: sinon.SinonFakeTimers;
  let deadlines: AttemptDeadlines;
  let expired: string[];

  beforeEach(() => {
    timers = sinon.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    deadlines = new AttemptDeadlines(() => performance.now());
    expired = [];
  });
  afterEach(() => timers.restore());

  const set = (name: string, durationMs: number) => deadlines.set(durationMs, () => expired.push(name));

  it('expires each deadline at its time', () => {
    set('a', 100);
    timers.tick(50);
    set('b', 100);
    set('c', 20);
    timers.tick(49);
    assert.deepEqual(expired, ['c']);
    timers.tick(1);
    assert.deepEqual(expired, ['c', 'a']);
    timers.tick(50);
    assert.deepEqual(expired, ['c', 'a', 'b']);
  });

  it('expires no deadline that was cancelled', () => {
    const first = set('a', 100);
    timers.tick(10);
    set('b', 100);
    first.cancel();
    first.cancel();
    timers.tick(100);
    assert.deepEqual(expired, ['b']);
  });

  it('sets one timer for all deadlines of a duration, and none again when all were cancelled', () => {
    for (let count = 0; count < 100; count += 1) set('a', 100).cancel();
    assert.equal(timers.countTimers(), 1);
    timers.tick(100);
    assert.equal(timers.countTimers(), 0);
    set('b', 100);
    timers.tick(100);
    assert.deepEqual(expired, ['b']);
  });

  it('expires a deadline that is set while another expires', () => {
    deadlines.set(100, () => set('b', 100));
    timers.tick(200);
    assert.deepEqual(expired, ['b']);
  });

  it('expires nothing once it is cleared', () => {
    set('a', 100);
    deadlines.clear();
    timers.tick(100);
    assert.deepEqual(expired, []);
  });
});
