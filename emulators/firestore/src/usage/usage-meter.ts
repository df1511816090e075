import type { AbortedError, AbortReason } from '../transactions/aborted-error.ts';

/** What has been used since the start or the last reset. */
export interface Usage {
  /** As Firestore bills them. */
  readonly documentReads: number;
  readonly documentWrites: number;
  readonly documentDeletes: number;
  /** How often each call came, by its name in google.firestore.v1.Firestore, those that failed included. */
  readonly calls: Readonly<Record<string, number>>;
  /** ABORTED responses by collection id and reason. Under '*': those that are about no single collection. */
  readonly aborted: Readonly<Record<string, Readonly<Partial<Record<AbortReason, number>>>>>;
  /** Transactions that a client began in order to run an earlier one again. */
  readonly reruns: number;
}

/** Stands for the collection of an ABORTED response that is about no single one. */
const NO_SINGLE_COLLECTION = '*';

/** How many index entries an aggregation goes through for the price of one read. */
const ENTRIES_PER_AGGREGATION_READ = 1_000;

/**
 * Counts what Firestore would bill: each document that is returned, a missing one too, and at least one read for each
 * query; each write and each delete that was committed. Source: Firestore's "Understand billing" page.
 */
export class UsageMeter {
  #reads = 0;
  #writes = 0;
  #deletes = 0;
  #calls = new Map<string, number>();
  #aborted = new Map<string, Map<AbortReason, number>>();
  #reruns = 0;

  read(documents: number): void {
    this.#reads += documents;
  }

  committed(operation: { readonly kind: 'set' | 'delete' | 'verify' }): void {
    if (operation.kind === 'delete') this.#deletes++;
    else if (operation.kind === 'verify') this.#reads++;
    else this.#writes++;
  }

  called(name: string): void {
    this.#calls.set(name, (this.#calls.get(name) ?? 0) + 1);
  }

  aborted({ collectionId, reason }: AbortedError): void {
    const key = collectionId ?? NO_SINGLE_COLLECTION;
    const byReason = this.#aborted.get(key) ?? new Map<AbortReason, number>();
    byReason.set(reason, (byReason.get(reason) ?? 0) + 1);
    this.#aborted.set(key, byReason);
  }

  transactionRerun(): void {
    this.#reruns++;
  }

  report(): Usage {
    return {
      documentReads: this.#reads,
      documentWrites: this.#writes,
      documentDeletes: this.#deletes,
      calls: Object.fromEntries([...this.#calls].sort()),
      aborted: Object.fromEntries(
        [...this.#aborted]
          .sort()
          .map(([collectionId, byReason]) => [collectionId, Object.fromEntries([...byReason].sort())]),
      ),
      reruns: this.#reruns,
    };
  }

  reset(): void {
    this.#reads = 0;
    this.#writes = 0;
    this.#deletes = 0;
    this.#calls = new Map();
    this.#aborted = new Map();
    this.#reruns = 0;
  }
}

/** What a query costs: each result, those skipped by its offset too, and one if there is none. */
export function readsOfQuery(results: number): number {
  return Math.max(1, results);
}

/** What an aggregation over so many documents costs: one per thousand begun, and one over none. */
export function readsOfAggregation(documents: number): number {
  return Math.max(1, Math.ceil(documents / ENTRIES_PER_AGGREGATION_READ));
}
