/** What kind of condition a difference is about; each has its advice. */
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

/** Something that the one schema accepts and the other, perhaps, does not. */
export interface Difference {
  readonly kind: DifferenceKind;
  /** Where the condition stands: a JSON pointer into the schema that payloads are read by. */
  readonly pointer: string;
  /** What is different, for a person. */
  readonly message: string;
  /** Values that may show it; whether they do is to be tried. Made up when they are asked for, for that takes time. */
  readonly candidates: () => readonly unknown[];
}
