import type { DocumentSnapshot, Query, QuerySnapshot } from '@google-cloud/firestore';
import { DocumentReference } from '@google-cloud/firestore';

type Snapshot = QuerySnapshot | DocumentSnapshot;

/** What one listener of the official client was told, in order. */
export interface SnapshotLog {
  /** The next snapshot that was not taken yet, as `tell` writes it; waits for it. Rejects if the listener failed. */
  next(): Promise<string>;
  /** Takes snapshots until one is written so; returns those before it. */
  until(expected: string): Promise<string[]>;
  /** How many snapshots wait to be taken. */
  readonly waiting: number;
  unsubscribe(): void;
}

/** Listens to a query or a document. */
export function listenTo(target: Query | DocumentReference): SnapshotLog {
  const queue: string[] = [];
  let failure: Error | undefined;
  let wake = (): void => {};
  const onNext = (snapshot: Snapshot): void => {
    queue.push(describeSnapshot(snapshot));
    wake();
  };
  const onError = (error: Error): void => {
    failure = error;
    wake();
  };
  const unsubscribe =
    target instanceof DocumentReference
      ? target.onSnapshot(onNext, onError)
      : target.onSnapshot(onNext, onError);
  const next = async (): Promise<string> => {
    for (;;) {
      const snapshot = queue.shift();
      if (snapshot !== undefined) return snapshot;
      if (failure !== undefined) throw failure;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  return {
    next,
    async until(expected) {
      const before: string[] = [];
      for (;;) {
        const snapshot = await next();
        if (snapshot === expected) return before;
        before.push(snapshot);
      }
    },
    get waiting() {
      return queue.length;
    },
    unsubscribe,
  };
}

/**
 * Writes a snapshot down. Of a document: its data, by the names of its fields, or `missing`. Of a query: what came (`+id@place`), changed
 * (`~id@from>to`) and went (`-id@place`), then all ids in order with their field `n`.
 */
function describeSnapshot(snapshot: Snapshot): string {
  if ('exists' in snapshot)
    return snapshot.exists
      ? JSON.stringify(snapshot.data(), Object.keys(snapshot.data() ?? {}).sort())
      : 'missing';
  const changes = snapshot.docChanges().map(({ type, doc, oldIndex, newIndex }) => {
    if (type === 'added') return `+${doc.id}@${newIndex}`;
    return type === 'removed' ? `-${doc.id}@${oldIndex}` : `~${doc.id}@${oldIndex}>${newIndex}`;
  });
  const all = snapshot.docs.map((doc) => `${doc.id}:${doc.get('n') ?? '-'}`);
  return [...changes, '=', ...all].join(' ');
}
