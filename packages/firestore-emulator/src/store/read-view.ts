import type { DocumentName, ParentName } from '../values/resource-name.ts';
import type { Micros } from '../values/timestamp.ts';
import type { DocumentStore, ScanScope } from './document-store.ts';
import type { StoredDocument } from './stored-document.ts';

/** The data as it is at one moment. Good until the caller next waits for something. */
export interface ReadView {
  readonly readMicros: Micros;
  get(name: DocumentName): StoredDocument | undefined;
  scan(scope: ScanScope): Iterable<StoredDocument>;
  collectionIds(parent: ParentName): Iterable<string>;
}

/** The data as it is now. */
export function presentView(store: DocumentStore): ReadView {
  return {
    readMicros: store.clock.next(),
    get: (name) => store.get(name),
    scan: (scope) => store.scan(scope),
    collectionIds: (parent) => store.collectionIds(parent),
  };
}

/** The data as it was at `atMicros`. */
export function snapshotView(store: DocumentStore, atMicros: Micros): ReadView {
  return {
    readMicros: atMicros,
    get: (name) => store.getAt(name, atMicros),
    scan: (scope) => store.scan(scope, atMicros),
    collectionIds: (parent) => store.collectionIds(parent, atMicros),
  };
}
