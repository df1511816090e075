import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { stepKey } from './step-key.ts';

describe('stepKey()', () => {
  const parts = { contract: 'charge-payment', name: 'charge', tries: 1 };
  const own = (taskId: string, tries = 1): string => stepKey({ ...parts, taskId, tries, effect: undefined });
  const of = (effect: string, tries = 1): string => stepKey({ ...parts, taskId: 't', tries, effect });

  it('is the task’s where the step names no effect', () => {
    assert.equal(own('5f0c'), '5f0c:charge');
    assert.equal(own('5f0c', 2), '5f0c:charge:2');
  });

  it('stays the same for a long name: a provider knows it by that', () => {
    const taskId = 'n'.repeat(300);
    const hash = createHash('sha256').update(taskId).digest('hex');
    assert.deepEqual([own(taskId), own(taskId, 2)], [`${hash}:charge`, `${hash}:charge:2`]);
  });

  it('is printable ASCII of at most 200 characters, and different for each task and effect', () => {
    const names = ['n'.repeat(193), 'n'.repeat(194), 'n'.repeat(500), `${'n'.repeat(499)}m`];
    const effects = [
      'order-1',
      'order-1:2',
      'order-1 ',
      'Straße 1',
      'e'.repeat(64),
      'e'.repeat(65),
      'e'.repeat(5_000),
    ];
    const keys = [...names, 'short'].flatMap((name) => [own(name), own(name, 2)]);
    keys.push(...effects.flatMap((effect) => [of(effect), of(effect, 2)]));
    assert.equal(new Set(keys).size, keys.length);
    for (const key of keys) assert.match(key, /^[\x21-\x7e]{1,200}$/);
  });

  it('is bounded whatever the contract, the step and the effect are called', () => {
    const long = { contract: 'c'.repeat(100), name: `${'n'.repeat(60)}[${'k'.repeat(60)}]` };
    const keys = [`${'e'.repeat(63)}1`, `${'e'.repeat(63)}2`].flatMap((effect) =>
      [1, 2].map((tries) => stepKey({ ...long, taskId: 't', tries, effect })),
    );
    keys.push(stepKey({ ...parts, name: 'Über\nall', taskId: 't', effect: undefined }));
    keys.push(stepKey({ ...parts, name: 'z'.repeat(400), taskId: 't', effect: undefined }));
    keys.push(stepKey({ ...parts, name: 'z'.repeat(400), taskId: 't', effect: 'order-1' }));
    assert.equal(new Set(keys).size, keys.length);
    for (const key of keys) assert.match(key, /^[\x21-\x7e]{1,200}$/);
  });

  it('has the contract and the step in it, so that two effects on one order are two', () => {
    assert.equal(of('order-1'), 'charge-payment.charge:order-1');
    assert.notEqual(of('order-1'), stepKey({ ...parts, taskId: 't', name: 'capture', effect: 'order-1' }));
  });
});
