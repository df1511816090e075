import type { FieldPath } from '../values/field-path.ts';
import type { DocumentName, ParentName } from '../values/resource-name.ts';
import type { Micros } from '../values/timestamp.ts';
import type { DocumentStore, ScanScope } from './document-store.ts';
import type { FieldIndex } from './field-index.ts';
import type { StoredDocument } from './stored-document.ts';

/** The data as it is at one moment. Good until the caller next waits for something. */
export interface ReadView {
  readonly readMicros: Micros;
  /** Whether it is the data as it is now, which is what indexes are of. */
  readonly isPresent: boolean;
  get(name: DocumentName): StoredDocument | undefined;
  scan(scope: ScanScope): Iterable<StoredDocument>;
  /** What {@link fieldIndex} has named, and whatever else in the scope was another then. */
  lookUp(names: Iterable<string>, scope: ScanScope): Iterable<StoredDocument>;
  fieldIndex(database: string, collectionId: string, path: FieldPath): FieldIndex;
  collectionIds(parent: ParentName): Iterable<string>;
}

/** The data as it is now. */
export function presentView(store: DocumentStore): ReadView {
  return {
    readMicros: store.clock.next(),
    isPresent: true,
    get: (name) => store.get(name),
    scan: (scope) => store.scan(scope),
    lookUp: (names, scope) => store.lookUp(names, scope),
    fieldIndex: (database, collectionId, path) => store.fieldIndex(database, collectionId, path),
    collectionIds: (parent) => store.collectionIds(parent),
  };
}

/** The data as it was at `atMicros`. */
export function snapshotView(store: DocumentStore, atMicros: Micros): ReadView {
  return {
    readMicros: atMicros,
    isPresent: false,
    get: (name) => store.getAt(name, atMicros),
    scan: (scope) => store.scan(scope, atMicros),
    lookUp: (names, scope) => store.lookUp(names, scope, atMicros),
    fieldIndex: (database, collectionId, path) => store.fieldIndex(database, collectionId, path),
    collectionIds: (parent) => store.collectionIds(parent, atMicros),
  };
}
