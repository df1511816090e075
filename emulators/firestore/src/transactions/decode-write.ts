import { invalidArgument } from '../firestore-error.ts';
import type { WirePrecondition, WireTimestamp, WireWrite } from '../protocol/messages.ts';
import { checkFields } from '../values/check-fields.ts';
import { decodeSentFields } from '../values/encode-value.ts';
import { type FieldPath, parseFieldPath } from '../values/field-path.ts';
import { decodeTransform, type FieldTransform } from '../values/field-transform.ts';
import { type DocumentName, parseDocumentName } from '../values/resource-name.ts';
import { type Micros, microsOfTimestamp } from '../values/timestamp.ts';
import type { Fields } from '../values/value.ts';

/** What has to hold of a document before a write. */
export type Precondition =
  | { readonly kind: 'exists'; readonly exists: boolean }
  | { readonly kind: 'updateTime'; readonly updateMicros: Micros };

/** One write of a commit, read and checked as far as that goes without the data. */
export type Write = { readonly name: DocumentName; readonly precondition: Precondition | undefined } & (
  | { readonly kind: 'delete' }
  /** Changes nothing: the document must fulfil the precondition. */
  | { readonly kind: 'verify' }
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
    case 'verify':
      return {
        kind: 'verify',
        name: parseDocumentName(wire.verify, database),
        precondition: decodeVerify(wire),
      };
    case 'update':
      return {
        kind: 'set',
        name: parseDocumentName(wire.update.name, database),
        precondition,
        fields: checkFields(decodeSentFields(wire.update.fields)),
        mask: wire.updateMask?.fieldPaths.map(parseFieldPath),
        transforms: decodeTransforms(wire.updateTransforms),
      };
    case 'transform':
      return {
        kind: 'set',
        name: parseDocumentName(wire.transform.document, database),
        precondition,
        fields: new Map(),
        mask: [],
        transforms: decodeTransformsOnly(wire.transform.fieldTransforms),
      };
    case undefined:
      throw invalidArgument('empty write operation');
  }
}

function decodeTransforms(wire: Parameters<typeof decodeTransform>[0][]): FieldTransform[] {
  if (wire.length > MAX_TRANSFORMS) {
    throw invalidArgument(`A write may have at most ${MAX_TRANSFORMS} transforms, got ${wire.length}.`);
  }
  return wire.map(decodeTransform);
}

function decodeTransformsOnly(wire: Parameters<typeof decodeTransform>[0][]): FieldTransform[] {
  if (wire.length === 0) throw invalidArgument('The list of FieldTransform must not be empty.');
  return decodeTransforms(wire);
}

function decodeVerify(wire: WireWrite): Precondition {
  if (wire.updateMask !== null) throw invalidArgument('a verify must not specify a document mask.');
  if (wire.updateTransforms.length > 0) {
    throw invalidArgument('a verify must not specify a update transform.');
  }
  const precondition = decodePrecondition(wire.currentDocument);
  if (precondition === undefined) throw invalidArgument('a verify must contain a precondition');
  return precondition;
}

/** Reads a precondition off the wire; undefined where none is set. */
function decodePrecondition(wire: WirePrecondition | null): Precondition | undefined {
  if (wire?.conditionType === 'exists') return { kind: 'exists', exists: wire.exists };
  if (wire?.conditionType === 'updateTime') {
    return { kind: 'updateTime', updateMicros: updateTimeOf(wire.updateTime) };
  }
  return undefined;
}

function updateTimeOf(timestamp: WireTimestamp): Micros {
  if (timestamp.nanos % 1_000 !== 0) {
    throw invalidArgument('timestamp cannot have more than microseconds precision');
  }
  const micros = microsOfTimestamp(timestamp);
  if (micros < 0) throw invalidArgument('Only timestamps past epoch are supported.');
  return micros;
}
