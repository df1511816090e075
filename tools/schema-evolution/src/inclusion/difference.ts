/** The kind of condition that a difference is about. Each kind has its own advice. */
export type DifferenceKind =
  | 'type'
  | 'values'
  | 'number'
  | 'text'
  | 'pattern'
  | 'format'
  | 'required'
  | 'closed'
  | 'member-count'
  | 'member-names'
  | 'items'
  | 'union'
  | 'excluded'
  | 'undecidable';

/** A condition by which the reader may reject values that the writer's schema accepts. */
export interface Difference {
  readonly kind: DifferenceKind;
  /** The condition's place: a JSON pointer into the reader's schema. */
  readonly pointer: string;
  /** The difference, for a person. */
  readonly message: string;
  /** Values that may show the difference. The caller checks them. Computed on demand, because it takes time. */
  readonly candidates: () => readonly unknown[];
}

/** The same difference with other candidates. */
export function withCandidates(
  difference: Difference,
  change: (candidates: readonly unknown[]) => readonly unknown[],
): Difference {
  return { ...difference, candidates: () => change(difference.candidates()) };
}
