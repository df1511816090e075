import { type FirestoreError, invalidArgument } from '../firestore-error.ts';

/** A document's place. Parsed once when a request comes in. */
export interface DocumentName {
  /** `projects/P/databases/D/documents/c/d…`: what the wire carries. */
  readonly name: string;
  /** `projects/P/databases/D` */
  readonly database: string;
  /** What follows `/documents/`: collection, document, collection, document… */
  readonly segments: readonly string[];
}

/** A place that collections hang off: a document, or the database's root (no segments). */
export type ParentName = DocumentName;

const NUMERIC_ID = /^__id(-?(?:0|[1-9]\d{0,18}))__$/;
const RESERVED_ID = /^__.+__$/s;
const MAX_SEGMENT_BYTES = 1_500;
/** Source: Firestore's quotas page, "maximum depth of subcollections". */
const MAX_SEGMENTS = 100;
/** A project's id or number; ids of old projects begin with a domain. */
const PROJECT_ID = /^(?:[a-z\d.-]+:)?[a-z\d][a-z\d-]{0,99}$/;

/**
 * The database that a resource name lies in; the name may be the database's own.
 * @throws {FirestoreError} INVALID_ARGUMENT
 */
export function databaseOf(name: string): string {
  const [projects, project, databases, database] = name.split('/', 4);
  checkLiteral('Database name', name, projects, 'projects', 0);
  checkLiteral('Database name', name, databases, 'databases', 2);
  if (!project || !database) throw lacks('Database name', name, 'a resource id', project ? 3 : 1);
  if (!PROJECT_ID.test(project)) {
    throw invalidArgument(
      `Invalid project id "${project}": expected lower-case letters, digits and hyphens, as in "my-project".`,
    );
  }
  return `projects/${project}/databases/${database}`;
}

/**
 * Reads a document's name.
 * @param database where it has to lie, if given
 * @throws {FirestoreError} INVALID_ARGUMENT
 */
export function parseDocumentName(name: string, database?: string): DocumentName {
  const parsed = parse('Document name', name, database);
  if (parsed.segments.length === 0) throw lacks('Document name', name, '"/"', ROOT_PARTS);
  return parsed;
}

/**
 * Reads the name of a document or of the database's root.
 * @param database where it has to lie, if given
 * @throws {FirestoreError} INVALID_ARGUMENT
 */
export function parseParent(name: string, database?: string): ParentName {
  return parse('Document parent name', name, database);
}

/**
 * Checks the name in a value that refers to a document. It may lie in any database.
 * @throws {FirestoreError} INVALID_ARGUMENT
 */
export function checkReference(name: string): void {
  if (parse('Resource name', name, undefined).segments.length > 0) return;
  throw invalidArgument(
    `Resource name "${name}" is invalid: Omit "/documents" when referencing a database (except as the parent of a ` +
      'document).',
  );
}

/**
 * Checks the id of a collection.
 * @throws {FirestoreError} INVALID_ARGUMENT
 */
export function checkCollectionId(id: string): void {
  if (id.includes('/')) throw invalidArgument(`Collection id "${id}" is invalid because it contains "/".`);
  if (isTooLong(id)) throw invalidArgument(`The query kind is longer than ${MAX_SEGMENT_BYTES} bytes.`);
  if (id === '.' || id === '..' || isReservedId(id)) throw reserved('Collection', id);
}

/** `projects/P/databases/D/documents` */
const ROOT_PARTS = 5;

/** What is wrong is told as the real service does: by the character where it shows. */
function parse(label: string, name: string, database: string | undefined): DocumentName {
  const parts = name.split('/');
  checkLiteral(label, name, parts[0], 'projects', 0);
  checkLiteral(label, name, parts[2], 'databases', 2);
  checkLiteral(label, name, parts[4], 'documents', 4);
  const segments = parts.slice(ROOT_PARTS);
  for (const [index, part] of parts.entries()) {
    if (part === '') throw lacks(label, name, 'a resource id', index);
    if (part === '.' || part === '..') {
      throw invalidArgument(
        `${label} "${name}" contains a resource id "${part}" at index ${startOf(parts, index)}.`,
      );
    }
  }
  if (segments.length % 2 !== 0) throw lacks(label, name, '"/"', parts.length);
  if (segments.length > MAX_SEGMENTS) {
    throw invalidArgument(
      `${label} has ${segments.length} collection and document ids. The maximum is ${MAX_SEGMENTS}.`,
    );
  }
  for (const [index, segment] of segments.entries()) {
    checkSegment(index % 2 === 0 ? 'Collection' : 'Resource', segment);
  }
  const inDatabase = parts.slice(0, 4).join('/');
  if (database !== undefined && inDatabase !== database) {
    throw invalidArgument(`${label} "${name}" lies in another database than the request's, "${database}".`);
  }
  return { name, database: inDatabase, segments };
}

function checkLiteral(
  label: string,
  name: string,
  part: string | undefined,
  expected: string,
  index: number,
): void {
  if (part !== expected) throw lacks(label, name, part === undefined ? '"/"' : `"${expected}"`, index);
}

function lacks(label: string, name: string, what: string, partIndex: number): FirestoreError {
  const index = Math.min(name.length, startOf(name.split('/'), partIndex));
  return invalidArgument(`${label} "${name}" lacks ${what} at index ${index}.`);
}

/** At which character a part begins. */
function startOf(parts: readonly string[], index: number): number {
  return parts.slice(0, index).reduce((sum, part) => sum + part.length + 1, 0);
}

function checkSegment(kind: 'Collection' | 'Resource', segment: string): void {
  if (isTooLong(segment)) {
    throw invalidArgument(`The key path element name is longer than ${MAX_SEGMENT_BYTES} bytes.`);
  }
  if (isReservedId(segment)) throw reserved(kind, segment);
}

function isTooLong(segment: string): boolean {
  return segment.length > MAX_SEGMENT_BYTES / 4 && Buffer.byteLength(segment) > MAX_SEGMENT_BYTES;
}

function isReservedId(segment: string): boolean {
  return RESERVED_ID.test(segment) && !NUMERIC_ID.test(segment);
}

function reserved(kind: 'Collection' | 'Resource', id: string): FirestoreError {
  return invalidArgument(`${kind} id "${id}" is invalid because it is reserved.`);
}

/** The name of the collection that a document is in. */
export function collectionOf(document: DocumentName): string {
  return document.name.slice(0, document.name.lastIndexOf('/'));
}

/** The id of the collection that a document is in: the last but one segment. */
export function collectionIdOf(document: DocumentName): string {
  return document.segments[document.segments.length - 2] ?? '';
}

/** The id of the collection that a document is in, by the document's whole name. */
export function collectionIdOfName(name: string): string {
  return name.split('/').at(-2) ?? '';
}

/** The name of a place given its segments. */
export function nameOf(database: string, segments: readonly string[]): string {
  return segments.length === 0 ? `${database}/documents` : `${database}/documents/${segments.join('/')}`;
}

/** An int64 for `__id<n>__`, which Datastore's imports leave behind and which order before all other ids. */
export function numericId(segment: string): bigint | undefined {
  if (!segment.startsWith('__id')) return undefined;
  const digits = NUMERIC_ID.exec(segment)?.[1];
  if (digits === undefined || digits === '-0') return undefined;
  const id = BigInt(digits);
  return id >= -(2n ** 63n) && id < 2n ** 63n ? id : undefined;
}

/**
 * Bytes that sort as Firestore orders names: segment by segment, numeric ids first and by number, the others by
 * their UTF-8 bytes. A place's key is a prefix of the keys of all that lies under it.
 */
export function sortKey(database: string, segments: readonly string[]): Uint8Array {
  const [, project = '', , id = ''] = database.split('/');
  return Buffer.concat([...[project, id].map(stringPart), ...segments.map(segmentPart)]);
}

/** The first key after all those that begin with `prefix`. No part begins with 0xff. */
export function endOfPrefix(prefix: Uint8Array): Uint8Array {
  return Buffer.concat([prefix, Uint8Array.of(0xff)]);
}

function segmentPart(segment: string): Buffer {
  const number = numericId(segment);
  if (number === undefined) return stringPart(segment);
  const part = Buffer.alloc(9);
  part[0] = 1;
  part.writeBigUInt64BE(number + 2n ** 63n, 1);
  return part;
}

function stringPart(text: string): Buffer {
  // 00 01 ends a string. A zero byte within is always followed by U+FFFF (ef bf bf), so a prefix still sorts first.
  const escaped = text.includes('\0') ? text.replaceAll('\0', '\0\uffff') : text;
  const bytes = Buffer.from(escaped);
  return Buffer.concat([Uint8Array.of(2), bytes, Uint8Array.of(0, 1)]);
}
