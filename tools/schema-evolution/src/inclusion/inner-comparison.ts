import type { SchemaFacts } from '../alternatives/schema-facts.ts';
import type { SchemaSampler } from '../samples/schema-sampler.ts';
import type { JsonSchema } from '../schema/json-schema.ts';
import type { Difference } from './difference.ts';

/**
 * The comparison of schemas inside of schemas: of members, items and names. The comparisons of arrays and objects use it.
 * It is an interface so that they need not import SchemaComparison, which imports them.
 */
export interface InnerComparison extends SchemaFacts {
  readonly sampler: SchemaSampler;
  /**
   * The differences between two schemas; none if it is proven that `read` accepts all that `sent` accepts.
   * @param depth the number of members and items that the values are inside of
   */
  compare(sent: JsonSchema, read: JsonSchema, depth: number): readonly Difference[];
}
