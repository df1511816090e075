import type { Micros } from '../values/timestamp.ts';
import type { LockOwner } from './lock-table.ts';

/** A query that a transaction ran: at its commit it has to come to the same. */
export interface RememberedRead {
  /** The collection that it looked at; undefined for all. */
  readonly collectionId: string | undefined;
  /** The store's revision when it ran: while that stands, so does the result. */
  readonly revision: number;
  /** Whether running it again gives the same result. */
  stillHolds(): boolean;
}

/** An open transaction. */
export interface Transaction extends LockOwner {
  /** The id on the wire, as hex digits. */
  readonly id: string;
  readonly database: string;
  /** The moment that a read-only transaction sees; undefined for a read-write one. */
  readonly snapshotMicros: Micros | undefined;
  readonly remembered: RememberedRead[];
  /** Whether a read of this try has had its response. */
  hasRead: boolean;
  /** Whether the faults have decided if it runs again. They decide once, at the first commit; retries inherit it. */
  isRerunDecided: boolean;
  /** Its calls run one at a time: the tail of their queue. */
  tail: Promise<unknown>;
}
