import type { Micros } from '../values/timestamp.ts';
import type { Fields } from '../values/value.ts';

/** A document as it was from `updateMicros` on. */
export interface StoredDocument {
  readonly name: string;
  readonly fields: Fields;
  readonly createMicros: Micros;
  readonly updateMicros: Micros;
  /** How long its encoded fields are. */
  readonly dataBytes: number;
}
