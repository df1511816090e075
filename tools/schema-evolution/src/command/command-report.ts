import type { Finding, Judgement, Role } from '../judge-change.ts';

/** The verdict of the command, on one role or on all. */
export type CommandVerdict = 'compatible' | 'broken' | 'undecided';

/** The judgement on one role, as the command prints it. */
export interface RoleReport {
  readonly role: Role;
  readonly verdict: CommandVerdict;
  readonly violations: Finding['violations'];
}

/** The judgement on a change, as the command prints it. */
export interface CommandReport {
  /** The worst of the roles: broken before undecided before compatible. */
  readonly verdict: CommandVerdict;
  readonly roles: readonly RoleReport[];
}

/** The report on the judged roles, compatible ones too. */
export function reportOf({ findings }: Judgement, judged: readonly Role[]): CommandReport {
  const roles = judged.map((role): RoleReport => {
    const finding = findings.find((other) => other.role === role);
    return finding ?? { role, verdict: 'compatible', violations: [] };
  });
  const verdicts = roles.map(({ verdict }) => verdict);
  const worst = (['broken', 'undecided'] as const).find((verdict) => verdicts.includes(verdict));
  return { verdict: worst ?? 'compatible', roles };
}
