import type { ReadView } from '../store/read-view.ts';
import type { StoredDocument } from '../store/stored-document.ts';
import { endOfPrefix, nameOf, type ParentName, sortKey } from '../values/resource-name.ts';

/** A document of a listing; without `document` there is none, but something lies under its name. */
export interface ListedDocument {
  readonly name: string;
  readonly document: StoredDocument | undefined;
}

/** All documents of a collection by name, with those that only have collections under them. */
export function* listWithMissing(
  view: ReadView,
  parent: ParentName,
  collectionId: string,
): Generator<ListedDocument> {
  const collection = [...parent.segments, collectionId];
  const root = nameOf(parent.database, []);
  let fromKey = sortKey(parent.database, collection);
  const toKey = endOfPrefix(fromKey);
  for (;;) {
    // The first document at or after the place, whatever its depth, tells the next name; then all under it is skipped.
    const [next] = view.scan({ parent, allDescendants: true, fromKey, toKey });
    if (next === undefined) return;
    const segments = next.name.slice(root.length + 1).split('/');
    const listed = segments.slice(0, collection.length + 1);
    const isItself = segments.length === listed.length;
    yield { name: nameOf(parent.database, listed), document: isItself ? next : undefined };
    fromKey = endOfPrefix(sortKey(parent.database, listed));
  }
}
