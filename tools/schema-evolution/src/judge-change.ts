import { compareSchemas, type SchemaViolation } from './compare-schemas.ts';
import type { JsonSchema } from './schema/json-schema.ts';

/**
 * A process that a change of a schema may break.
 *
 * `reader`: a worker with the new schema. It reads payloads of the old one, written by front services that are not yet
 * replaced, or by tasks that wait up to their delay and Cloud Tasks' retention.
 * `writer`: a front service with the new schema. A worker that was rolled back to the old one reads its payloads.
 */
export type Role = 'reader' | 'writer';

/** The action that a change needs. */
export type Verdict = 'compatible' | 'needs a new version' | 'needs a migration';

/** The effect of a change on one role. */
export interface Finding {
  readonly role: Role;
  /** `broken`: shown by an example. `undecided`: neither shown nor proven harmless. */
  readonly verdict: 'broken' | 'undecided';
  readonly violations: readonly SchemaViolation[];
}

/** The judgement on one change. */
export interface Judgement {
  readonly verdict: Verdict;
  /** One finding for each role for which the change is not proven harmless. */
  readonly findings: readonly Finding[];
}

/** The verdict on all findings: the worst of them counts. */
export function verdictOf(findings: readonly Pick<Finding, 'role' | 'verdict'>[]): Verdict {
  if (findings.length === 0) return 'compatible';
  const isMigration = findings.some(({ role, verdict }) => role === 'reader' && verdict === 'broken');
  return isMigration ? 'needs a migration' : 'needs a new version';
}

/**
 * Judges a change of a schema in place, under the same version.
 *
 * A change that makes published payloads unreadable needs a migration: a new version with an up-caster from the old one. A
 * change that lets new writers send payloads which an old reader rejects needs a new version. So does an undecided one.
 * @param roles the roles to judge; default: both
 */
export function judgeChange(
  published: JsonSchema,
  proposed: JsonSchema,
  roles: readonly Role[] = ['reader', 'writer'],
): Judgement {
  const findings = roles.flatMap((role): Finding[] => {
    const compared =
      role === 'reader' ? compareSchemas(published, proposed) : compareSchemas(proposed, published);
    return compared.verdict === 'included' ? [] : [{ role, ...compared }];
  });
  return { verdict: verdictOf(findings), findings };
}
