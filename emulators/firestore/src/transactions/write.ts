import { alreadyExists, failedPrecondition, invalidArgument, notFound } from '../firestore-error.ts';
import type { WirePrecondition, WireWrite } from '../protocol/messages.ts';
import type { StoredDocument } from '../store/stored-document.ts';
import { checkFields, isReservedName } from '../values/check-fields.ts';
import { identicalFields } from '../values/compare-values.ts';
import { checkDocumentSize } from '../values/document-size.ts';
import { decodeFields } from '../values/encode-value.ts';
import { deleteField, type FieldPath, getField, parseFieldPath, setField } from '../values/field-path.ts';
import { applyTransforms, decodeTransform, type FieldTransform } from '../values/field-transform.ts';
import { type DocumentName, parseDocumentName } from '../values/resource-name.ts';
import { type Micros, microsOfTimestamp } from '../values/timestamp.ts';
import type { Fields, Value } from '../values/value.ts';

/** What has to hold of a document before a write. */
export type Precondition =
  | { readonly kind: 'exists'; readonly exists: boolean }
  | { readonly kind: 'updateTime'; readonly updateMicros: Micros };

/** One write of a commit, read and checked as far as that goes without the data. */
export type Write = { readonly name: DocumentName; readonly precondition: Precondition | undefined } & (
  | { readonly kind: 'delete' }
  | {
      readonly kind: 'set';
      readonly fields: Fields;
      /** Only these fields are set or, where `fields` lacks them, deleted; undefined replaces the document. */
      readonly mask: readonly FieldPath[] | undefined;
      readonly transforms: readonly FieldTransform[];
    }
);

const MAX_TRANSFORMS = 500;

/**
 * Reads one write off the wire.
 * @throws {FirestoreError} INVALID_ARGUMENT
 */
export function decodeWrite(wire: WireWrite, database: string): Write {
  const precondition = decodePrecondition(wire.currentDocument);
  switch (wire.operation) {
    case 'delete':
      if (wire.updateMask !== null) throw invalidArgument('a delete must not specify a document mask.');
      return { kind: 'delete', name: parseDocumentName(wire.delete, database), precondition };
    case 'update':
      return {
        kind: 'set',
        name: parseDocumentName(wire.update.name, database),
        precondition,
        fields: checkFields(decodeFields(wire.update.fields)),
        mask: wire.updateMask?.fieldPaths.map(decodeMaskPath),
        transforms: decodeTransforms(wire.updateTransforms),
      };
    case 'transform':
      return {
        kind: 'set',
        name: parseDocumentName(wire.transform.document, database),
        precondition,
        fields: new Map(),
        mask: [],
        transforms: decodeTransforms(wire.transform.fieldTransforms),
      };
    case undefined:
      throw invalidArgument('empty write operation');
  }
}

function decodeMaskPath(text: string): FieldPath {
  const path = parseFieldPath(text);
  if (path.some(isReservedName)) throw invalidArgument(`Invalid reserved name in field path ${text}`);
  return path;
}

function decodeTransforms(wire: Parameters<typeof decodeTransform>[0][]): FieldTransform[] {
  if (wire.length > MAX_TRANSFORMS) {
    throw invalidArgument(`A write may have at most ${MAX_TRANSFORMS} transforms, got ${wire.length}.`);
  }
  return wire.map(decodeTransform);
}

/** Reads a precondition off the wire; undefined where none is set. */
export function decodePrecondition(wire: WirePrecondition | null): Precondition | undefined {
  if (wire?.conditionType === 'exists') return { kind: 'exists', exists: wire.exists };
  if (wire?.conditionType === 'updateTime') {
    return { kind: 'updateTime', updateMicros: microsOfTimestamp(wire.updateTime) };
  }
  return undefined;
}

/** What writes come to: per write its transforms' results, and the documents as the commit leaves them. */
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
 * Works out a commit's writes in order, all or nothing, without touching the store.
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
  if (stored !== precondition.updateMicros) {
    throw failedPrecondition(
      `the stored version (${stored}) does not match the required base version (${precondition.updateMicros})`,
    );
  }
}
