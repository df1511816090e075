import assert from 'node:assert/strict';
import { createAjv } from '@waybill/contract-kit/compile-schema';
import { judgeChange, type Role } from '../src/judge-change.ts';
import { schemaChanges } from './schema-changes.ts';

describe('judgeChange(), with a table of changes', () => {
  it('has at least 120 of each role, breaking ones and harmless ones', () => {
    for (const role of ['reader', 'writer'] as const) {
      assert.ok(schemaChanges.length >= 120, `${schemaChanges.length}`);
      const breaking = schemaChanges.filter((change) => change[role] === 'breaking').length;
      assert.ok(breaking >= 60 && schemaChanges.length - breaking >= 60, `${role}: ${breaking} breaking`);
    }
  });

  for (const { what, before, after, ...expected } of schemaChanges) {
    it(`${what}: ${expected.reader} for readers, ${expected.writer} for writers`, () => {
      const { verdict, findings } = judgeChange(before, after);
      for (const role of ['reader', 'writer'] as Role[]) {
        const finding = findings.find((other) => other.role === role);
        assert.equal(
          finding === undefined ? 'harmless' : 'breaking',
          expected[role],
          JSON.stringify(findings),
        );
        if (finding === undefined) continue;
        assert.equal(finding.verdict, 'broken', JSON.stringify(finding));
        const [sent, read] = role === 'reader' ? [before, after] : [after, before];
        const shown = finding.violations.filter(({ example }) => example !== undefined);
        assert.ok(shown.length > 0);
        for (const { example } of shown) {
          assert.ok(createAjv().compile(sent)(example), `accepted before: ${JSON.stringify(example)}`);
          assert.ok(!createAjv().compile(read)(example), `refused after: ${JSON.stringify(example)}`);
        }
      }
      const needed =
        expected.reader === 'breaking'
          ? 'needs a migration'
          : expected.writer === 'breaking'
            ? 'needs a new version'
            : 'compatible';
      assert.equal(verdict, needed);
    });
  }
});
