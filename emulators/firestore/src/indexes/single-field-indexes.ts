import type { AnyIndexFile, SingleFieldIndex } from '@waybill/google-config';
import { formatFieldPath, parseFieldPath } from '../values/field-path.ts';

type QueryScope = SingleFieldIndex['queryScope'];

/** The content of an index of one field: its values in a direction, or the elements of its arrays. */
export type SingleFieldKind = 'ASCENDING' | 'DESCENDING' | 'CONTAINS';

/** Indexes of fields for which the file says nothing. */
const AUTOMATIC: readonly SingleFieldIndex[] = [
  { order: 'ASCENDING', queryScope: 'COLLECTION' },
  { order: 'DESCENDING', queryScope: 'COLLECTION' },
  { arrayConfig: 'CONTAINS', queryScope: 'COLLECTION' },
];
const ALL_FIELDS = '*';
const ALL_GROUPS = '__default__';

/** The automatic indexes of fields, with the overrides of a file. */
export class SingleFieldIndexes {
  readonly #overrides: ReadonlyMap<string, readonly SingleFieldIndex[]>;

  constructor(overrides: AnyIndexFile['fieldOverrides']) {
    this.#overrides = new Map(
      overrides.map(({ collectionGroup, fieldPath, indexes }) => [
        keyOf(collectionGroup, canonicalPath(fieldPath)),
        indexes,
      ]),
    );
  }

  /** Whether a field has an index of a kind for queries of a scope. */
  has(collectionGroup: string, field: string, kind: SingleFieldKind, queryScope: QueryScope): boolean {
    return this.#indexesOf(collectionGroup, field).some(
      (index) => (index.order ?? index.arrayConfig) === kind && index.queryScope === queryScope,
    );
  }

  /** The fields of a map have the settings of the map, unless they have their own. */
  #indexesOf(collectionGroup: string, field: string): readonly SingleFieldIndex[] {
    const path = parseFieldPath(field);
    for (let length = path.length; length > 0; length--) {
      const own = this.#overrides.get(keyOf(collectionGroup, formatFieldPath(path.slice(0, length))));
      if (own !== undefined) return own;
    }
    const ofGroup = this.#overrides.get(keyOf(collectionGroup, ALL_FIELDS));
    return ofGroup ?? this.#overrides.get(keyOf(ALL_GROUPS, ALL_FIELDS)) ?? AUTOMATIC;
  }
}

function keyOf(collectionGroup: string, field: string): string {
  return `${collectionGroup}\n${field}`;
}

/** The spelling that queries have of a path. */
export function canonicalPath(fieldPath: string): string {
  return fieldPath === ALL_FIELDS || fieldPath === '__name__'
    ? fieldPath
    : formatFieldPath(parseFieldPath(fieldPath));
}
