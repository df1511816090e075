import { describeViolations, SchemaDialectError, type TaskContract } from '@waybill/contract-kit';
import { compileSchema } from '@waybill/contract-kit/compile-schema';
import { type Finding, type JsonSchema, judgeChange } from '@waybill/schema-evolution';
import type { PublishedSchema } from './contract-history.ts';
import { withoutAddedMembers } from './without-added-members.ts';

/** A finding, with the published schema that it is about. */
export interface HistoricalFinding extends Finding {
  readonly against: Pick<PublishedSchema, 'recordedOn' | 'schemaHash'>;
}

/** The judgement on a contract's schema. */
export interface SchemaJudgement {
  readonly findings: readonly HistoricalFinding[];
  readonly problems: readonly string[];
  /** Facts for people that are no problems. */
  readonly notes: readonly string[];
}

/** Compares a contract's schema with each published one. */
export function judgeSchema(
  { schema, schemaHash }: TaskContract,
  published: readonly PublishedSchema[],
): SchemaJudgement {
  const problems: string[] = [];
  const notes = new Set<string>();
  const findings = published.flatMap((entry, index): HistoricalFinding[] => {
    if (entry.schemaHash === schemaHash) return [];
    const outside = dialectProblem(entry);
    if (outside !== undefined) {
      problems.push(outside);
      return [];
    }
    // By such an entry of an older file, no worker is left that could read a payload of the wider schema.
    const isAcknowledged = published.slice(index + 1).some(({ readersFirst }) => readersFirst);
    const before = entry.schema as JsonSchema;
    const now = schema as JsonSchema;
    const { findings: judged } = judgeChange(before, now, isAcknowledged ? ['reader'] : ['reader', 'writer']);
    const added = judged.some(({ role }) => role === 'writer') ? addedMembers(before, now) : [];
    if (added.length > 0) {
      notes.add(
        `adds ${added.join(', ')}, optional: npm run deploy gives the traffic to the workers before any producer; docs/deploy.md tells how to go back`,
      );
    }
    const { recordedOn } = entry;
    return judged
      .filter(({ role }) => role === 'reader' || added.length === 0)
      .map((finding) => ({ ...finding, against: { recordedOn, schemaHash: entry.schemaHash } }));
  });
  return { findings, problems, notes: [...notes] };
}

/** The optional members by which alone a schema is wider than a published one; none if it is wider by anything else. */
function addedMembers(published: JsonSchema, proposed: JsonSchema): readonly string[] {
  const { schema, added } = withoutAddedMembers(published, proposed);
  return added.length > 0 && judgeChange(published, schema, ['writer']).verdict === 'compatible' ? added : [];
}

/** Fixtures of published schemas that the present schema refuses, where the judge did not find it. */
export function refusedFixtures(
  contract: TaskContract,
  published: readonly PublishedSchema[],
  findings: readonly HistoricalFinding[],
): string[] {
  return published.flatMap(({ fixtures, recordedOn, schemaHash }) => {
    const isFound = findings.some(
      ({ role, verdict, against }) =>
        role === 'reader' && verdict === 'broken' && against.schemaHash === schemaHash,
    );
    if (isFound) return [];
    return fixtures.flatMap((fixture, index) => {
      const violations = contract.violations(fixture);
      if (violations.length === 0) return [];
      return [
        `fixture ${index} of ${recordedOn} is refused by the present schema: ${describeViolations(violations)}`,
      ];
    });
  });
}

/** The problem of a published schema that the judge cannot read, because the dialect refuses it since then. */
function dialectProblem({ schema, recordedOn }: PublishedSchema): string | undefined {
  try {
    compileSchema(schema as object);
    return undefined;
  } catch (error) {
    if (!(error instanceof SchemaDialectError)) throw error;
    return `the schema published on ${recordedOn} cannot be compared: ${error.message}. Publish a new version, with an up-caster`;
  }
}
