import { intersectionOf } from '../schema/intersection.ts';
import type { JsonSchema } from '../schema/json-schema.ts';
import type { ArrayAlternative } from './alternative.ts';
import type { ArrayClause } from './shapes.ts';

/** The conditions that an alternative sets for the items of its arrays. */
export class ArrayItems {
  readonly clauses: readonly ArrayClause[];
  readonly minItems: number;
  readonly maxItems: number;
  readonly unique: boolean;
  /** All items from this index on have the same schema. */
  readonly prefixLength: number;
  readonly contains: readonly NonNullable<ArrayClause['contains']>[];

  /** @param isEmpty whether it is proven that no value matches a schema: an array ends before such an item */
  constructor(alternative: ArrayAlternative, isEmpty: (schema: JsonSchema) => boolean) {
    this.clauses = alternative.shape.clauses;
    this.contains = this.clauses.flatMap(({ contains }) => contains ?? []);
    this.unique = this.clauses.some(({ unique }) => unique);
    this.minItems = Math.max(
      0,
      ...this.clauses.map(({ minItems }) => minItems),
      ...this.contains.map(({ min }) => min),
    );
    this.prefixLength = Math.max(0, ...this.clauses.map(({ prefix }) => prefix.length));
    let maxItems = Math.min(Number.POSITIVE_INFINITY, ...this.clauses.map(({ maxItems }) => maxItems));
    for (let index = 0; index <= this.prefixLength && index < maxItems; index += 1) {
      if (isEmpty(this.itemAt(index))) maxItems = index;
    }
    this.maxItems = maxItems;
  }

  /** The schema of the item at an index. */
  itemAt(index: number): JsonSchema {
    return intersectionOf(...this.clauses.map(({ prefix, rest }) => prefix[index] ?? rest));
  }

  /** The schemas of all items: one for each place of the prefix, and one for the rest. */
  get schemas(): readonly JsonSchema[] {
    return Array.from({ length: this.prefixLength + 1 }, (_none, index) => this.itemAt(index));
  }
}
