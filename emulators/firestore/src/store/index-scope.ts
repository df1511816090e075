/** The documents of an index: one collection, or all collections of an id in a database. */
export interface IndexScope {
  readonly kind: 'collection' | 'group';
  /** `projects/P/databases/D/documents/c` of a collection, `projects/P/databases/D/c` of a group. */
  readonly key: string;
}

/** The scope of one collection. */
export function collectionScope(collection: string): IndexScope {
  return { kind: 'collection', key: collection };
}

/** The scope of all collections of an id. */
export function groupScope(database: string, collectionId: string): IndexScope {
  return { kind: 'group', key: `${database}/${collectionId}` };
}
