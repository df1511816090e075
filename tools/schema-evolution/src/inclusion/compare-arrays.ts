import { type ArrayAlternative, ArrayItems } from '../alternatives/array-items.ts';
import { sampleArrays } from '../samples/schema-sampler.ts';
import type { Difference } from './difference.ts';
import type { SchemaComparison } from './schema-comparison.ts';

/** What arrays the first accepts that the second may not. */
export function compareArrays(
  comparison: SchemaComparison,
  sent: ArrayAlternative,
  read: ArrayAlternative,
  depth: number,
): readonly Difference[] {
  const isEmpty = comparison.isEmpty.bind(comparison);
  const from = new ArrayItems(sent, isEmpty);
  const to = new ArrayItems(read, isEmpty);
  const differences: Difference[] = [];
  const add = (keyword: string, message: string, candidates: () => readonly unknown[]): void => {
    differences.push({ kind: 'items', pointer: comparison.locate(read, keyword), message, candidates });
  };
  const sized =
    (...lengths: number[]) =>
    (): readonly unknown[] =>
      sampleArrays(comparison, from, depth, lengths);

  const minItems = Math.max(0, ...to.clauses.map((clause) => clause.minItems));
  if (from.minItems < minItems) {
    add('minItems', `must have at least ${minItems} items`, sized(from.minItems, minItems - 1));
  }
  const maxItems = Math.min(Number.POSITIVE_INFINITY, ...to.clauses.map((clause) => clause.maxItems));
  if (from.maxItems > maxItems) {
    add('maxItems', `must have at most ${maxItems} items`, sized(maxItems + 1));
  }

  // Up to the longer prefix item by item; behind it, all items are alike on both sides.
  const last = Math.min(from.maxItems - 1, Math.max(from.prefixLength, to.prefixLength));
  for (let index = 0; index <= last; index += 1) {
    const found = comparison.compare(from.itemAt(index), to.itemAt(index), depth + 1);
    for (const difference of found) {
      differences.push({
        ...difference,
        candidates: () =>
          difference
            .candidates()
            .flatMap((value) =>
              sampleArrays(comparison, from, depth, [index + 1, from.minItems], new Map([[index, value]])),
            ),
      });
    }
  }

  if (to.unique && !from.unique && from.maxItems > 1) {
    const twice = (value: unknown): readonly unknown[] =>
      sampleArrays(
        comparison,
        from,
        depth,
        [2, from.minItems],
        new Map([
          [0, value],
          [1, value],
        ]),
      );
    add('uniqueItems', 'must not hold the same item twice', () =>
      [0, 1].flatMap((index) => comparison.samples(from.itemAt(index), depth + 1)).flatMap(twice),
    );
  }

  for (const { schema, least, most } of to.contains) {
    const { length } = Array.from({ length: from.prefixLength + 1 });
    const schemas = Array.from({ length }, (_none, index) => from.itemAt(index));
    const all = schemas.every((item) => comparison.compare(item, schema, depth + 1).length === 0);
    const alike = from.contains.filter(
      (own) => own.least >= least && comparison.compare(own.schema, schema, depth + 1).length === 0,
    );
    if (least > 0 && alike.length === 0 && !(all && from.minItems >= least)) {
      add('contains', `must hold an item of a kind at least ${least} times`, sized(0, 1, from.minItems));
    }
    const bounded = from.contains.some(
      (own) => own.most <= most && comparison.compare(schema, own.schema, depth + 1).length === 0,
    );
    if (Number.isFinite(most) && from.maxItems > most && !bounded) {
      const full = (value: unknown): readonly unknown[] => {
        const given = Array.from(
          { length: Math.min(most + 1, 50) },
          (_none, index) => [index, value] as const,
        );
        return sampleArrays(comparison, from, depth, [most + 1], new Map(given));
      };
      add('maxContains', `must hold an item of a kind at most ${most} times`, () =>
        comparison.samples(schema, depth + 1).flatMap(full),
      );
    }
  }
  return differences;
}
