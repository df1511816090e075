import { compareSchemas, type SchemaViolation } from './compare-schemas.ts';
import type { JsonSchema } from './schema/json-schema.ts';

/**
 * Who would be hurt by a change of a contract's schema.
 *
 * `reader`: a worker with the new schema, which meets what was written by the old one: by front services that are not yet
 * replaced, and by tasks that wait, up to their delay and Cloud Tasks' retention.
 * `writer`: a front service with the new schema, whose tasks meet a worker that was rolled back to the old one.
 */
export type Role = 'reader' | 'writer';

/** What is to be done about a change. */
export type Verdict = 'compatible' | 'needs a new version' | 'needs a migration';

/** What one role would meet. */
export interface Finding {
  readonly role: Role;
  /** `broken`: shown by an example. `undecided`: neither that nor proven harmless. */
  readonly verdict: 'broken' | 'undecided';
  readonly violations: readonly SchemaViolation[];
}

/** The judgement on one change. */
export interface Judgement {
  readonly verdict: Verdict;
  /** Of each role that is not proven to be unharmed. */
  readonly findings: readonly Finding[];
}

/** How bad each verdict is; of several, the worst counts. */
const VERDICTS: readonly Verdict[] = ['compatible', 'needs a new version', 'needs a migration'];

/** The worst of several verdicts; of none, `compatible`. */
export function worstOf(verdicts: readonly Verdict[]): Verdict {
  return VERDICTS.findLast((verdict) => verdicts.includes(verdict)) ?? 'compatible';
}

/**
 * Judges a change of a schema in place, under the same version.
 *
 * What was sent and can't be read any more needs a migration: a new version, and an up-caster from the old. What only the
 * new writers send, and an old reader refuses, needs a new version; so does all that can't be told.
 * @param roles those asked about; default: both
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
  const verdicts = findings.map(({ role, verdict }) =>
    role === 'reader' && verdict === 'broken' ? 'needs a migration' : 'needs a new version',
  );
  return { verdict: worstOf(verdicts), findings };
}
