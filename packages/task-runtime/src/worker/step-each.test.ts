import assert from 'node:assert/strict';
import { nameItems, runEach } from './step-each.ts';

describe('step.each', () => {
  it('names the step of each item by its key', () => {
    const names = nameItems('text', ['ada', 'ada@example.com', 'x'.repeat(61)], (item) => item).map(
      ({ name }) => name,
    );
    assert.equal(names[0], 'text[ada]');
    assert.match(names[1] ?? '', /^text\[#[0-9a-f]{32}\]$/);
    assert.match(names[2] ?? '', /^text\[#[0-9a-f]{32}\]$/);
  });

  it('refuses two items with one key', () => {
    assert.throws(() => nameItems('text', new Set(['a', 'A']), (item) => item.toLowerCase()), {
      code: 'STEP_KEY_REPEATED',
    });
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
