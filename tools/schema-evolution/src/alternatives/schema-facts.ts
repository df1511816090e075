import type { JsonSchema } from '../schema/json-schema.ts';
import type { SchemaSpace } from '../schema/schema-space.ts';
import type { Alternative } from './alternative.ts';

/** Facts about single schemas, as far as they can be decided. */
export interface SchemaFacts {
  readonly space: SchemaSpace;
  /**
   * The schema as the union of its alternatives.
   * @throws {UndecidableError} if there are too many
   */
  alternatives(schema: JsonSchema): readonly Alternative[];
  /** Whether it is proven that no value matches. */
  isEmpty(schema: JsonSchema): boolean;
}
