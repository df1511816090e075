import type { Micros } from '../values/timestamp.ts';

/** How much of the past is kept for reads at a time: whatever limit is met first. */
export interface RetentionLimits {
  readonly maxAgeMicros: Micros;
  readonly maxVersions: number;
  readonly maxBytes: number;
}

interface Batch {
  readonly lastEnded: Micros;
  readonly versions: number;
  readonly bytes: number;
}

/** Versions are counted, and dropped, in batches of this size. */
const BATCH_VERSIONS = 1_000;
const BATCH_BYTES = 8 * 1024 * 1024;

/** Decides when old versions of documents are dropped, and which. */
export class VersionRetention {
  readonly #limits: RetentionLimits;
  #batches: Batch[] = [];
  #open: Batch = { lastEnded: 0, versions: 0, bytes: 0 };

  constructor(limits: RetentionLimits) {
    this.#limits = limits;
  }

  /** Counts a version that a commit at `ended` put into the past. Returns whether it is time for `cutoff`. */
  add(ended: Micros, bytes: number): boolean {
    const { versions, bytes: before } = this.#open;
    this.#open = { lastEnded: ended, versions: versions + 1, bytes: before + bytes };
    return this.#open.versions >= BATCH_VERSIONS || this.#open.bytes >= BATCH_BYTES;
  }

  /** Versions that ended at or before the time returned are to be dropped. */
  cutoff(nowMicros: Micros): Micros {
    this.#batches.push(this.#open);
    this.#open = { lastEnded: 0, versions: 0, bytes: 0 };
    let cutoff = nowMicros - this.#limits.maxAgeMicros;
    let versions = 0;
    let bytes = 0;
    for (const batch of this.#batches.toReversed()) {
      versions += batch.versions;
      bytes += batch.bytes;
      if (versions > this.#limits.maxVersions || bytes > this.#limits.maxBytes) {
        cutoff = Math.max(cutoff, batch.lastEnded);
      }
    }
    this.#batches = this.#batches.filter((batch) => batch.lastEnded > cutoff);
    return cutoff;
  }
}
