import type { Difference } from './inclusion/difference.ts';
import { SchemaComparison } from './inclusion/schema-comparison.ts';
import { compileComparable } from './schema/compile-comparable.ts';
import type { JsonSchema } from './schema/json-schema.ts';
import { SchemaSpace } from './schema/schema-space.ts';
import { UndecidableError } from './schema/undecidable-error.ts';

/** A condition by which the reader rejects payloads that the writer's schema accepts, with such a payload. */
export interface SchemaViolation extends Omit<Difference, 'candidates'> {
  /**
   * A payload that ajv accepts by the writer's schema and rejects by the reader's; undefined if none was found and it was
   * not proven that there is none.
   */
  readonly example: unknown;
}

/** The result of comparing two schemas. */
export type SchemaVerdict =
  /** Proven: the reader accepts everything that the writer's schema accepts. */
  | { readonly verdict: 'included' }
  /** Shown by a payload: the reader rejects something that the writer's schema accepts. */
  | { readonly verdict: 'broken'; readonly violations: readonly SchemaViolation[] }
  /** Neither proven nor shown. */
  | { readonly verdict: 'undecided'; readonly violations: readonly SchemaViolation[] };

/**
 * Compares two schemas: whether the reader's accepts each payload that the writer's accepts, as ajv judges them. "Included"
 * and "broken" are certain. Everything else is "undecided".
 * @param sent the writer's schema
 * @param read the reader's schema
 * @throws {SchemaDialectError} if one of them is not a valid schema of the project's dialect
 */
export function compareSchemas(sent: JsonSchema, read: JsonSchema): SchemaVerdict {
  const accepts = compileComparable(sent);
  const reads = compileComparable(read);
  const shows = (value: unknown): boolean => accepts(value) && !reads(value);
  const space = new SchemaSpace();
  const comparison = new SchemaComparison(space);
  let differences: readonly Difference[];
  let samples = (): readonly unknown[] => [];
  try {
    const from = space.add('sent', sent);
    differences = comparison.compare(from, space.add('read', read));
    if (differences.length === 0) return { verdict: 'included' };
    samples = () => comparison.sampler.samples(from);
  } catch (error) {
    if (!(error instanceof UndecidableError)) throw error;
    differences = [
      {
        kind: 'undecidable',
        pointer: '',
        message: `can’t be compared: ${error.message}`,
        candidates: () => [],
      },
    ];
  }

  // A comparison that took too long may still be shown to be a break.
  space.work.renew();
  const violations = differences.map(({ candidates, ...difference }) => ({
    ...difference,
    example: shortest(candidates().filter(shows)),
  }));
  const broken = violations.some(({ example }) => example !== undefined);
  if (broken) return { verdict: 'broken', violations: distinct(violations) };
  const example = shortest(samples().filter(shows));
  const [first, ...others] = violations;
  if (example !== undefined && first !== undefined) {
    return { verdict: 'broken', violations: distinct([{ ...first, example }, ...others]) };
  }
  return { verdict: 'undecided', violations: distinct(violations) };
}

function shortest(values: readonly unknown[]): unknown {
  const lengthOf = (value: unknown): number => JSON.stringify(value).length;
  return values.toSorted((one, other) => lengthOf(one) - lengthOf(other))[0];
}

/** Violations without duplicates: several alternatives may lead to the same condition. */
function distinct(violations: readonly SchemaViolation[]): readonly SchemaViolation[] {
  const byPlace = new Map<string, SchemaViolation>();
  for (const violation of violations) {
    const key = `${violation.pointer} ${violation.message}`;
    if (byPlace.get(key)?.example === undefined) byPlace.set(key, violation);
  }
  return [...byPlace.values()];
}
