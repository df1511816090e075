import { createAjv } from '@waybill/contract-kit/compile-schema';
import type { Difference } from './inclusion/difference.ts';
import { SchemaComparison } from './inclusion/schema-comparison.ts';
import { type JsonSchema, UndecidableError } from './schema/json-schema.ts';
import { SchemaSpace } from './schema/schema-space.ts';

/** One condition that keeps accepted payloads out, with a payload that shows it. */
export interface SchemaViolation extends Omit<Difference, 'candidates'> {
  /**
   * A payload that ajv accepts by the one schema and refuses by the other; undefined where none was found, though it could
   * not be proven either that there is none.
   */
  readonly example: unknown;
}

/** How two schemas stand to each other. */
export type SchemaVerdict =
  /** Proven: all that the one accepts, the other accepts too. */
  | { readonly verdict: 'included' }
  /** Shown by a payload: something is accepted by the one and not by the other. */
  | { readonly verdict: 'broken'; readonly violations: readonly SchemaViolation[] }
  /** Neither proven nor shown. */
  | { readonly verdict: 'undecided'; readonly violations: readonly SchemaViolation[] };

/**
 * Whether each payload that one schema accepts is accepted by another, as ajv judges them. "Included" and "broken" are
 * certain; whatever is not certain is "undecided".
 * @param sent the schema of whoever writes payloads
 * @param read the schema of whoever reads them
 * @throws {Error} if one of them is no schema of the project's dialect
 */
export function compareSchemas(sent: JsonSchema, read: JsonSchema): SchemaVerdict {
  const accepts = createAjv().compile(sent);
  const reads = createAjv().compile(read);
  const shows = (value: unknown): boolean => accepts(value) && !reads(value);
  const space = new SchemaSpace();
  const comparison = new SchemaComparison(space);
  let differences: readonly Difference[];
  let samples = (): readonly unknown[] => [];
  try {
    const from = space.add('sent', sent);
    differences = comparison.compare(from, space.add('read', read));
    if (differences.length === 0) return { verdict: 'included' };
    samples = () => comparison.samples(from);
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

/** The same condition may have been met on several ways. */
function distinct(violations: readonly SchemaViolation[]): readonly SchemaViolation[] {
  const byPlace = new Map<string, SchemaViolation>();
  for (const violation of violations) {
    const key = `${violation.pointer} ${violation.message}`;
    if (byPlace.get(key)?.example === undefined) byPlace.set(key, violation);
  }
  return [...byPlace.values()];
}
