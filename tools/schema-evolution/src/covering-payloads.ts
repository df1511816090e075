import { canonicalJson, dialectProblems } from '@waybill/contract-kit';
import { SchemaComparison } from './inclusion/schema-comparison.ts';
import { PayloadVariants } from './samples/payload-variants.ts';
import type { JsonSchema } from './schema/json-schema.ts';
import { SchemaSpace } from './schema/schema-space.ts';
import { UndecidableError } from './schema/undecidable-error.ts';

/** Limits the payloads of one schema. */
const MAX_PAYLOADS = 1_000;
/** Limits the variants that are tried, because unions in unions multiply. */
const MAX_TRIED = 20_000;

/**
 * Makes up payloads that a schema accepts and that together cover it: with and without each optional member, each value of
 * an enumeration, the shortest and longest strings, the smallest and largest numbers, the fewest and most items. The same
 * schema gives the same payloads.
 * @returns up to 1,000 payloads; none if none were found, or the schema is outside of the project's dialect
 */
export function coveringPayloads(schema: JsonSchema): readonly unknown[] {
  if (dialectProblems(schema).length > 0) return [];
  const space = new SchemaSpace();
  const comparison = new SchemaComparison(space);
  const variants = new PayloadVariants(comparison, comparison.sampler);
  const found = new Map<string, unknown>();
  try {
    const root = space.add('sent', schema);
    const samples = comparison.sampler.samples(root);
    for (const sample of samples) found.set(canonicalJson(sample), sample);
    let tried = 0;
    // The samples with the most members first: more places of them can be varied.
    const bases = samples.toSorted((one, other) => JSON.stringify(other).length - JSON.stringify(one).length);
    for (const base of bases.length > 0 ? bases : [undefined]) {
      for (const payload of variants.of(root, base)) {
        tried += 1;
        if (tried > MAX_TRIED || found.size >= MAX_PAYLOADS) return [...found.values()];
        if (space.accepts(root, payload)) found.set(canonicalJson(payload), payload);
      }
    }
  } catch (error) {
    if (!(error instanceof UndecidableError)) throw error;
  }
  return [...found.values()];
}
