import { invalidArgument } from '../firestore-error.ts';
import type { DocumentName } from './resource-name.ts';
import type { Fields, Value } from './value.ts';

/** Source: Firestore's quotas page, "maximum size for a document". */
const MAX_DOCUMENT_BYTES = 1_048_576;

/**
 * A document's size as Firestore bills and limits it.
 * Source: its storage size page: name + fields (each its name and its value) + 32 bytes.
 */
function documentSize(name: DocumentName, fields: Fields): number {
  return nameSize(name.segments) + fieldsSize(fields) + 32;
}

/**
 * Refuses a document that is too big.
 * @throws {FirestoreError} INVALID_ARGUMENT
 */
export function checkDocumentSize(name: DocumentName, fields: Fields): void {
  const size = documentSize(name, fields);
  if (size <= MAX_DOCUMENT_BYTES) return;
  throw invalidArgument(
    `Document '${name.name}' cannot be written because its size (${size.toLocaleString('en-US')} bytes) exceeds ` +
      `the maximum allowed size of ${MAX_DOCUMENT_BYTES.toLocaleString('en-US')} bytes.`,
  );
}

function nameSize(segments: readonly string[]): number {
  return segments.reduce((sum, segment) => sum + stringSize(segment), 16);
}

function stringSize(text: string): number {
  return Buffer.byteLength(text) + 1;
}

function fieldsSize(fields: Fields): number {
  let size = 0;
  for (const [name, value] of fields) size += stringSize(name) + valueSize(value);
  return size;
}

/** A value's size, as it counts for documents and in queries. */
export function valueSize(value: Value): number {
  switch (value.kind) {
    case 'null':
    case 'boolean':
      return 1;
    case 'integer':
    case 'double':
    case 'timestamp':
      return 8;
    case 'geoPoint':
      return 16;
    case 'string':
      return stringSize(value.string);
    case 'bytes':
      return value.bytes.length;
    case 'reference':
      return nameSize(value.reference.split('/').slice(5));
    case 'array':
      return value.values.reduce((sum, element) => sum + valueSize(element), 0);
    case 'map':
      return fieldsSize(value.fields);
  }
}
