import { GrpcStatus } from '@waybill/emulator-kit';
import { FirestoreError } from '../firestore-error.ts';

/** Reasons for an ABORTED response, as the usage report names them. */
export type AbortReason =
  /** Two transactions read a document and both write it: the later reader is aborted. */
  | 'lockConflict'
  /** Owners wait for each other's locks on several documents. */
  | 'deadlock'
  /** A lock was not free within the maximum wait. */
  | 'lockTimeout'
  /** A query of the transaction finds something else at its commit. */
  | 'queryChanged'
  /** The emulator's faults abort it: nothing stands in its way. */
  | 'forcedRerun'
  /** All data was cleared, or overwritten by an import. */
  | 'dataReplaced'
  /** The client ended the call or the transaction while it waited for a lock. */
  | 'cancelled';

/** Contention: the client runs its transaction again. */
export class AbortedError extends FirestoreError {
  override readonly name = 'AbortedError';
  readonly reason: AbortReason;
  /** The collection that the contention is about; undefined where it is about no single one. */
  readonly collectionId: string | undefined;

  constructor(reason: AbortReason, collectionId: string | undefined) {
    super(GrpcStatus.ABORTED, TEXTS[reason]);
    this.reason = reason;
    this.collectionId = collectionId;
  }
}

const CONTENTION = 'Too much contention on these documents. Please try again.';

const TEXTS: Readonly<Record<AbortReason, string>> = {
  lockConflict: CONTENTION,
  deadlock: CONTENTION,
  lockTimeout: CONTENTION,
  queryChanged: 'The result of a query of this transaction has changed. Please try again.',
  forcedRerun: 'The faults of this emulator abort transactions at their first commit. Please try again.',
  dataReplaced: 'The data of this emulator was cleared or imported during the transaction. Please try again.',
  cancelled: 'The call was cancelled, or its transaction ended, while it waited for a document.',
};
