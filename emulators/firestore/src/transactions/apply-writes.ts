import type { DocumentStore } from '../store/document-store.ts';
import type { Micros } from '../values/timestamp.ts';
import type { Value } from '../values/value.ts';
import { computeOutcome } from './compute-outcome.ts';
import type { Write } from './decode-write.ts';

/** What a commit answers. */
export interface CommitResult {
  readonly commitMicros: Micros;
  readonly writeResults: readonly WriteResult[];
}

export interface WriteResult {
  /** undefined for a document that the commit leaves deleted. */
  readonly updateMicros: Micros | undefined;
  readonly transformResults: readonly Value[];
}

/**
 * Applies writes as one commit, all or nothing. The caller holds the locks, and waits for the store to be durable.
 * @throws {FirestoreError} for the first write that can't be made
 */
export function applyWrites(store: DocumentStore, writes: readonly Write[]): CommitResult {
  const commitMicros = store.clock.next();
  const outcome = computeOutcome(writes, (name) => store.get(name), commitMicros);
  const changed = outcome.states.filter((state) => state.changed);
  if (changed.length > 0) store.apply(changed, commitMicros);
  const updateTimes = new Map<string, Micros | undefined>();
  for (const state of outcome.states) {
    const kept = state.changed ? commitMicros : state.before?.updateMicros;
    updateTimes.set(state.name.name, state.fields === undefined ? undefined : kept);
  }
  return {
    commitMicros,
    writeResults: writes.map((write, index) => ({
      // That a document is missing was verified at the commit's time.
      updateMicros: updateTimes.get(write.name.name) ?? (write.kind === 'verify' ? commitMicros : undefined),
      transformResults: outcome.transformResults[index] ?? [],
    })),
  };
}
