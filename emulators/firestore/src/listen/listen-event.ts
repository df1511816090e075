import type { FirestoreError } from '../firestore-error.ts';
import type { StoredDocument } from '../store/stored-document.ts';
import type { Micros } from '../values/timestamp.ts';

/** One thing that a stream tells its client, in the words of google.firestore.v1's ListenResponse. */
export type ListenEvent =
  | {
      /** A target's state; NO_CHANGE without a target: all targets now show the data of `at`. */
      readonly kind: 'target';
      readonly change: 'NO_CHANGE' | 'ADD' | 'REMOVE' | 'CURRENT' | 'RESET';
      readonly targetId?: number;
      readonly at?: Moment;
      /** Why a target was removed, if the client didn't ask for it. */
      readonly cause?: FirestoreError;
    }
  /** A document is new or changed; if it does not match, it is no result of the target any more. */
  | {
      readonly kind: 'changed';
      readonly targetId: number;
      readonly document: StoredDocument;
      readonly matches: boolean;
    }
  /** A document is gone, or was never there. */
  | {
      readonly kind: 'deleted';
      readonly targetId: number;
      readonly name: string;
      readonly readMicros: Micros;
    }
  /** A document has not changed, but others took its place under the target's limit. */
  | {
      readonly kind: 'removed';
      readonly targetId: number;
      readonly name: string;
      readonly readMicros: Micros;
    }
  /** How many results the client has now, if it missed nothing. */
  | { readonly kind: 'count'; readonly targetId: number; readonly count: number };

/** A consistent moment, and the token with which another stream can go on from it. */
export interface Moment {
  readonly readMicros: Micros;
  readonly resumeToken: Uint8Array;
}
