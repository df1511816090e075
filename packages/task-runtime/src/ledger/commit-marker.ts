import { type DocumentReference, type Firestore, Timestamp, type Transaction } from '@google-cloud/firestore';
import { TASK_COMMITS } from './ledger-collections.ts';
import type { BufferedTransaction } from './task-transaction.ts';

/** A rerun comes within seconds; Firestore deletes the marker within a day after that. */
const KEPT_MS = 24 * 3_600_000;

/**
 * The mark of a producer's commit that has made no task, `taskCommits/{commitId}`. By it a rerun recognises that an earlier
 * run was committed, though its response was lost: else it would change a balance twice.
 */
export class CommitMarker {
  readonly #ref: DocumentReference;
  #readAtMs: number | undefined;

  constructor(firestore: Firestore, commitId: string) {
    this.#ref = firestore.collection(TASK_COMMITS).doc(commitId);
  }

  async hasLanded(transaction: Transaction): Promise<boolean> {
    return (await transaction.get(this.#ref)).exists;
  }

  /** Learns Firestore's time for the mark of a transaction that only writes. Before its writes, for these end all reads. */
  async prepare(transaction: Transaction, buffered: BufferedTransaction): Promise<void> {
    if (!buffered.hasWrites || buffered.hasTasks || buffered.readAtMs !== undefined) return;
    this.#readAtMs = (await transaction.get(this.#ref)).readTime.toMillis();
  }

  /** Marks the commit of a transaction, as its last write. */
  mark(transaction: Transaction, buffered: BufferedTransaction): void {
    const readAtMs = buffered.readAtMs ?? this.#readAtMs;
    if (readAtMs === undefined)
      throw new Error('A commit is marked with the time of a read, and there was none');
    transaction.create(this.#ref, { expireAt: Timestamp.fromMillis(readAtMs + KEPT_MS) });
  }
}
