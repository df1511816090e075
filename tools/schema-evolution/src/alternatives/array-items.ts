import { bothOf, type JsonSchema } from '../schema/json-schema.ts';
import type { Infinite } from './alternatives.ts';
import type { ArrayClause } from './shapes.ts';

export type ArrayAlternative = Extract<Infinite, { kind: 'array' }>;

/** What an alternative says about the items of its arrays. */
export class ArrayItems {
  readonly clauses: readonly ArrayClause[];
  readonly minItems: number;
  readonly maxItems: number;
  readonly unique: boolean;
  /** From here on all items match the same. */
  readonly prefixLength: number;
  readonly contains: readonly NonNullable<ArrayClause['contains']>[];

  /** @param isEmpty whether, for certain, no value matches a schema: then an array ends before it */
  constructor(alternative: ArrayAlternative, isEmpty: (schema: JsonSchema) => boolean) {
    this.clauses = alternative.shape.clauses;
    this.contains = this.clauses.flatMap(({ contains }) => contains ?? []);
    this.unique = this.clauses.some(({ unique }) => unique);
    this.minItems = Math.max(
      0,
      ...this.clauses.map(({ minItems }) => minItems),
      ...this.contains.map(({ least }) => least),
    );
    this.prefixLength = Math.max(0, ...this.clauses.map(({ prefix }) => prefix.length));
    let maxItems = Math.min(Number.POSITIVE_INFINITY, ...this.clauses.map(({ maxItems }) => maxItems));
    for (let index = 0; index <= this.prefixLength && index < maxItems; index += 1) {
      if (isEmpty(this.itemAt(index))) maxItems = index;
    }
    this.maxItems = maxItems;
  }

  /** What the item at an index must match, if it is there. */
  itemAt(index: number): JsonSchema {
    return bothOf(...this.clauses.map(({ prefix, rest }) => prefix[index] ?? rest));
  }
}
