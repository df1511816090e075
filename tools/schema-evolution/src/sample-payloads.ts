import { SchemaComparison } from './inclusion/schema-comparison.ts';
import type { JsonSchema } from './schema/json-schema.ts';
import { SchemaSpace } from './schema/schema-space.ts';
import { UndecidableError } from './schema/undecidable-error.ts';

/**
 * Makes up a few payloads of different forms that a schema accepts, plain ones first. The same schema gives the same
 * payloads.
 * @returns up to 12 payloads; none if none were found, or the schema refers to anything outside itself
 */
export function samplePayloads(schema: JsonSchema): readonly unknown[] {
  const space = new SchemaSpace();
  const { sampler } = new SchemaComparison(space);
  try {
    return sampler.samples(space.add('sent', schema));
  } catch (error) {
    if (error instanceof UndecidableError) return [];
    throw error;
  }
}
