import { SchemaDialectError } from '@waybill/contract-kit';
import { type Finding, judgeChange, type Role } from '../../src/judge-change.ts';
import type { SuitePair } from './read-pairs.ts';

/**
 * How the judge's verdict compares with a suite's.
 *
 * `wider`: proven compatible, though the suite says breaking. `narrower`: shown to break, though the suite says compatible.
 * `refused`: a schema is outside of the dialect.
 */
export type Outcome = 'agrees' | 'undecided' | 'refused' | 'wider' | 'narrower';

/** The outcome for one role of one pair. */
export interface PairOutcome {
  readonly name: string;
  readonly role: Role;
  readonly outcome: Outcome;
  /** A payload that shows the break, or the reason of the refusal. */
  readonly detail?: string;
}

/** Judges each role that a pair says something about. */
export function judgePair({ name, old, new: proposed, expected }: SuitePair): readonly PairOutcome[] {
  return (['reader', 'writer'] as const).flatMap((role): PairOutcome[] => {
    const wanted = expected[role];
    if (wanted === undefined) return [];
    try {
      const [finding] = judgeChange(old, proposed, [role]).findings;
      return [{ name, role, ...outcomeOf(finding, wanted) }];
    } catch (error) {
      if (!(error instanceof SchemaDialectError)) throw error;
      return [{ name, role, outcome: 'refused', detail: error.message }];
    }
  });
}

function outcomeOf(
  finding: Finding | undefined,
  wanted: 'compatible' | 'breaking',
): Pick<PairOutcome, 'outcome' | 'detail'> {
  if (finding === undefined) return { outcome: wanted === 'compatible' ? 'agrees' : 'wider' };
  if (finding.verdict === 'undecided') return { outcome: 'undecided' };
  if (wanted === 'breaking') return { outcome: 'agrees' };
  const example = finding.violations.find((violation) => violation.example !== undefined)?.example;
  return { outcome: 'narrower', detail: JSON.stringify(example) };
}
