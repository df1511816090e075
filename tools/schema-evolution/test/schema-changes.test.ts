import assert from 'node:assert/strict';
import { createAjv } from '@waybill/contract-kit/compile-schema';
import { type Finding, judgeChange, type Role, type Verdict } from '../src/judge-change.ts';
import { type SchemaChange, schemaChanges } from './schema-changes.ts';

function assertShownByExamples({ role, violations }: Finding, { before, after }: SchemaChange): void {
  const [sent, read] = role === 'reader' ? [before, after] : [after, before];
  const shown = violations.filter(({ example }) => example !== undefined);
  assert.ok(shown.length > 0);
  for (const { example } of shown) {
    assert.ok(createAjv().compile(sent)(example), `accepted before: ${JSON.stringify(example)}`);
    assert.ok(!createAjv().compile(read)(example), `refused after: ${JSON.stringify(example)}`);
  }
}

function neededVerdict({ reader, writer }: SchemaChange): Verdict {
  if (reader === 'breaking') return 'needs a migration';
  return writer === 'breaking' ? 'needs a new version' : 'compatible';
}

describe('judgeChange(), with a table of changes', () => {
  it('has at least 120 of each role, breaking ones and harmless ones', () => {
    for (const role of ['reader', 'writer'] as const) {
      assert.ok(schemaChanges.length >= 120, `${schemaChanges.length}`);
      const breaking = schemaChanges.filter((change) => change[role] === 'breaking').length;
      assert.ok(breaking >= 60 && schemaChanges.length - breaking >= 60, `${role}: ${breaking} breaking`);
    }
  });

  for (const change of schemaChanges) {
    it(`${change.what}: ${change.reader} for readers, ${change.writer} for writers`, () => {
      const { verdict, findings } = judgeChange(change.before, change.after);
      for (const role of ['reader', 'writer'] as Role[]) {
        const finding = findings.find((other) => other.role === role);
        assert.equal(finding === undefined ? 'harmless' : 'breaking', change[role], JSON.stringify(findings));
        if (finding === undefined) continue;
        assert.equal(finding.verdict, 'broken', JSON.stringify(finding));
        assertShownByExamples(finding, change);
      }
      assert.equal(verdict, neededVerdict(change));
    });
  }
});
