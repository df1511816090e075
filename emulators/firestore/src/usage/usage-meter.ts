/** What has been used since the start or the last reset. */
export interface Usage {
  /** As Firestore bills them. */
  readonly documentReads: number;
  readonly documentWrites: number;
  readonly documentDeletes: number;
  /** How often each call came, by its name in google.firestore.v1.Firestore, those that failed included. */
  readonly calls: Readonly<Record<string, number>>;
}

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

  read(documents: number): void {
    this.#reads += documents;
  }

  committed(operation: { readonly kind: 'set' | 'delete' }): void {
    if (operation.kind === 'delete') this.#deletes++;
    else this.#writes++;
  }

  called(name: string): void {
    this.#calls.set(name, (this.#calls.get(name) ?? 0) + 1);
  }

  report(): Usage {
    return {
      documentReads: this.#reads,
      documentWrites: this.#writes,
      documentDeletes: this.#deletes,
      calls: Object.fromEntries([...this.#calls].sort()),
    };
  }

  reset(): void {
    this.#reads = 0;
    this.#writes = 0;
    this.#deletes = 0;
    this.#calls = new Map();
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
