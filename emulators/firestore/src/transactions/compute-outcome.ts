import { alreadyExists, failedPrecondition, invalidArgument, notFound } from '../firestore-error.ts';
import type { StoredDocument } from '../store/stored-document.ts';
import { identicalFields } from '../values/compare-values.ts';
import { checkDocumentSize } from '../values/document-size.ts';
import { deleteField, type FieldPath, getField, setField } from '../values/field-path.ts';
import { applyTransforms } from '../values/field-transform.ts';
import type { DocumentName } from '../values/resource-name.ts';
import type { Micros } from '../values/timestamp.ts';
import type { Fields, Value } from '../values/value.ts';
import type { Write } from './decode-write.ts';

/** The outcome of writes: per write its transforms' results, and the documents as the commit leaves them. */
export interface Outcome {
  readonly transformResults: readonly (readonly Value[])[];
  readonly states: readonly OutcomeState[];
}

export interface OutcomeState {
  readonly name: DocumentName;
  readonly before: StoredDocument | undefined;
  /** undefined: the document is gone. */
  readonly fields: Fields | undefined;
  /** Whether it differs from `before`; a write that changes nothing keeps the update time. */
  readonly changed: boolean;
}

/**
 * Computes the outcome of a commit's writes in order, all or nothing, without touching the store.
 * @throws {FirestoreError} for the first precondition that doesn't hold, or a document that grows too big
 */
export function computeOutcome(
  writes: readonly Write[],
  read: (name: DocumentName) => StoredDocument | undefined,
  requestMicros: Micros,
): Outcome {
  const pending = new Map<
    string,
    { name: DocumentName; before: StoredDocument | undefined; fields: Fields | undefined; touched: boolean }
  >();
  const transformResults: Value[][] = [];
  for (const write of writes) {
    let state = pending.get(write.name.name);
    if (state === undefined) {
      const before = read(write.name);
      state = { name: write.name, before, fields: before?.fields, touched: false };
      pending.set(write.name.name, state);
    }
    checkPrecondition(write, state);
    state.touched = true;
    if (write.kind === 'verify') {
      transformResults.push([]);
      continue;
    }
    if (write.kind === 'delete') {
      state.fields = undefined;
      transformResults.push([]);
      continue;
    }
    const merged =
      write.mask === undefined ? write.fields : mergeFields(state.fields, write.fields, write.mask);
    const { fields, results } = applyTransforms(merged, write.transforms, requestMicros);
    checkDocumentSize(write.name, fields);
    state.fields = fields;
    transformResults.push(results);
  }
  const states = [...pending.values()].map(({ name, before, fields }) => ({
    name,
    before,
    fields,
    changed: !sameState(before?.fields, fields),
  }));
  return { transformResults, states };
}

function sameState(before: Fields | undefined, after: Fields | undefined): boolean {
  if (before === undefined || after === undefined) return before === after;
  return before === after || identicalFields(before, after);
}

function mergeFields(present: Fields | undefined, given: Fields, mask: readonly FieldPath[]): Fields {
  let merged: Fields = present ?? new Map();
  for (const path of mask) {
    const value = getField(given, path);
    merged = value === undefined ? deleteField(merged, path) : setField(merged, path, value);
  }
  return merged;
}

function checkPrecondition(
  write: Write,
  state: { before: StoredDocument | undefined; fields: Fields | undefined; touched: boolean },
): void {
  const { precondition, name } = write;
  if (precondition === undefined) return;
  const exists = state.fields !== undefined;
  if (precondition.kind === 'exists') {
    if (exists && !precondition.exists) throw alreadyExists(`Document already exists: ${name.name}`);
    if (!exists && precondition.exists) throw notFound(`No document to update: ${name.name}`);
    return;
  }
  const stored = exists && state.before !== undefined ? state.before.updateMicros : 0;
  if (exists && precondition.updateMicros > stored) {
    throw invalidArgument(`Invalid base version, it is greater than the stored version: ${name.name}`);
  }
  if (stored !== precondition.updateMicros) {
    throw failedPrecondition(
      `the stored version (${stored}) does not match the required base version (${precondition.updateMicros})`,
    );
  }
}
