import assert from 'node:assert/strict';
import { CallSite } from '../call-site.ts';
import { checkItems, nameItems, runEach } from './step-each.ts';

describe('step.each', () => {
  const text = { name: 'text', place: new CallSite(() => {}) };

  it('names the step of each item by its key', () => {
    const names = nameItems(text, ['ada', 'ada@example.com', 'x'.repeat(61)], (item) => item).map(
      ({ name }) => name,
    );
    assert.equal(names[0], 'text[ada]');
    assert.match(names[1] ?? '', /^text\[#[0-9a-f]{32}\]$/);
    assert.match(names[2] ?? '', /^text\[#[0-9a-f]{32}\]$/);
  });

  it('refuses two items with one key', () => {
    assert.throws(() => nameItems(text, new Set(['a', 'A']), (item) => item.toLowerCase()), {
      code: 'STEP_KEY_REPEATED',
    });
  });

  it('refuses a key that is no well-formed text, which would be another key’s in UTF-8', () => {
    for (const key of ['\ud800', '', 7, undefined, Promise.resolve('a')]) {
      assert.throws(() => nameItems(text, ['a'], () => key as string), { code: 'STEP_KEY' });
    }
    assert.throws(() => nameItems(text, ['a'], undefined as never), { code: 'STEP_KEY' });
  });

  it('takes any iterable, and refuses what is none', () => {
    for (const items of [[], new Set(), new Map(), [].values()]) checkItems(text, items);
    const none = [undefined, null, 3, 'ada', { a: 1 }, Promise.resolve([]), (async function* () {})()];
    for (const items of none) assert.throws(() => checkItems(text, items), { code: 'STEP_ITEMS' });
  });

  it('refuses a list that is longer than a task may be, also one without an end', () => {
    let closed = false;
    function* endless(): Generator<string> {
      try {
        for (let index = 0; ; index += 1) yield `item-${index}`;
      } finally {
        closed = true;
      }
    }
    assert.throws(() => nameItems(text, endless(), (item) => item), {
      code: 'TOO_MANY_STEPS',
      message: /^step\.each\("text"\).*at most 100 steps, and the list has more items/,
    });
    assert.ok(closed);
    const longest = Array.from({ length: 100 }, (_none, index) => `item-${index}`);
    assert.equal(nameItems(text, longest, (item) => item).length, 100);
  });

  it('gives the results in the order of the items, whichever ends first', async () => {
    const gates = [1, 2, 3].map(() => Promise.withResolvers<void>());
    const results = runEach([0, 1, 2], 3, async (item) => {
      await gates[item]?.promise;
      return item * 10;
    });
    for (const gate of gates.toReversed()) gate.resolve();
    assert.deepEqual(await results, [0, 10, 20]);
  });
});
