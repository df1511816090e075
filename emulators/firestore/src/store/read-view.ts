import type { DocumentName, ParentName } from '../values/resource-name.ts';
import type { Micros } from '../values/timestamp.ts';
import type { DocumentStore, ScanScope } from './document-store.ts';
import type { FieldIndex } from './field-index.ts';
import type { IndexSpec } from './field-indexes.ts';
import type { Steps } from './steps.ts';
import type { StoredDocument } from './stored-document.ts';

/** The data as it is at one moment, also while others write. */
export interface ReadView {
  readonly readMicros: Micros;
  /** Whether it is the data as it is now, which is what indexes are of. */
  readonly isPresent: boolean;
  get(name: DocumentName): StoredDocument | undefined;
  scan(scope: ScanScope): Iterable<StoredDocument>;
  /** The documents that {@link fieldIndex} has named, in that order, without those that have changed since this moment. */
  lookUp(names: Iterable<string>): Iterable<StoredDocument>;
  /** Documents in a scope that have changed from this moment until {@link lookUp} is called, as they are at this moment. */
  changed(scope: ScanScope): Iterable<StoredDocument>;
  fieldIndex(spec: IndexSpec): FieldIndex;
  /** Makes an index in parts, so that {@link fieldIndex} has it. */
  prepareIndex(spec: IndexSpec): Steps<void>;
  collectionIds(parent: ParentName): Iterable<string>;
}

/** The data as it is now. */
export function presentView(store: DocumentStore): ReadView {
  return snapshotView(store, store.clock.next());
}

/** The data as it was at `atMicros`. */
export function snapshotView(store: DocumentStore, atMicros: Micros): ReadView {
  return {
    readMicros: atMicros,
    get isPresent() {
      return store.isPresent(atMicros);
    },
    get: (name) => store.getAt(name, atMicros),
    scan: (scope) => store.scan(scope, atMicros),
    lookUp: (names) => store.lookUp(names, atMicros),
    changed: (scope) => store.changedSince(scope, atMicros),
    fieldIndex: (spec) => store.fieldIndex(spec),
    prepareIndex: (spec) => store.prepareIndex(spec),
    collectionIds: (parent) => store.collectionIds(parent, atMicros),
  };
}
