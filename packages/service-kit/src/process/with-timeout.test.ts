import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import sinon from 'sinon';
import { withTimeout } from './with-timeout.ts';

describe('withTimeout()', () => {
  let clock: sinon.SinonFakeTimers;

  beforeEach(() => {
    clock = sinon.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  });
  afterEach(() => clock.restore());

  const late = (): never => {
    throw new Error('too late');
  };

  it('gives the result, or the error, of work that ends in time, and leaves no timer', async () => {
    assert.equal(await withTimeout(Promise.resolve('done'), 100, late), 'done');
    await assert.rejects(withTimeout(Promise.reject(new Error('broken')), 100, late), { message: 'broken' });
    assert.equal(clock.countTimers(), 0);
  });

  it('gives what onTimeout gives or throws once the time is up', async () => {
    const never = new Promise<string>(() => {});
    const waiting = [withTimeout(never, 100, () => 'given up'), withTimeout(never, 100, late)] as const;
    clock.tick(100);
    assert.equal(await waiting[0], 'given up');
    await assert.rejects(waiting[1], { message: 'too late' });
  });

  it('keeps the process alive when work fails after the timeout', async () => {
    const unhandled = sinon.spy();
    process.once('unhandledRejection', unhandled);
    const work = Promise.withResolvers<string>();
    const waiting = withTimeout(work.promise, 100, () => 'given up');
    clock.tick(100);
    await waiting;
    work.reject(new Error('broken'));
    await turn();
    process.off('unhandledRejection', unhandled);
    sinon.assert.notCalled(unhandled);
  });
});
