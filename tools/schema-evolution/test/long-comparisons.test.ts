import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { compareSchemas } from '../src/compare-schemas.ts';
import type { JsonSchema } from '../src/schema/json-schema.ts';
import { WorkBudget } from '../src/schema/work-budget.ts';

/** Pairs that took 50 s and 220 s before the work was limited. */
const PAIRS = JSON.parse(readFileSync(new URL('long-comparisons.json', import.meta.url), 'utf8')) as Record<
  string,
  { sent: JsonSchema; read: JsonSchema }
>;

describe('compareSchemas(), with schemas whose parts multiply', function () {
  // One step costs microseconds. Without its limit such a comparison takes minutes.
  this.timeout(30_000);

  for (const [name, { sent, read }] of Object.entries(PAIRS)) {
    it(`ends for ${name.replaceAll('-', ' ')}`, () => {
      assert.ok(['included', 'broken', 'undecided'].includes(compareSchemas(sent, read).verdict));
    });
  }

  it('takes a schema for included in its union with another one without comparing them', () => {
    for (const { sent, read } of Object.values(PAIRS)) {
      assert.equal(compareSchemas(sent, { anyOf: [read, sent] }).verdict, 'included');
      assert.equal(compareSchemas({ allOf: [read, sent] }, sent).verdict, 'included');
    }
  });
});

describe('WorkBudget', () => {
  it('refuses a step once it is used up, and allows it again after its renewal', () => {
    const work = new WorkBudget();
    work.spend(500_000);
    assert.throws(() => work.spend(1), /takes too long/);
    work.renew();
    work.spend(1);
  });
});
