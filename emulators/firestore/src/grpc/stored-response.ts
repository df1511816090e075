import type { EncodedDocument } from '../store/stored-document.ts';
import type { Micros } from '../values/timestamp.ts';

/** Marks a document of a response that need not be encoded anew. */
export const STORED: unique symbol = Symbol('stored');

/** Encodes a response. */
export type Serialize = (response: object) => Buffer;

interface MaybeStored {
  readonly [STORED]?: EncodedDocument;
}

// Source: "Encoding" in the documentation of Protocol Buffers, and firestore.proto, query.proto and write.proto. Fields of
// a message may come in any order, so that a document can follow what protobufjs has encoded of the rest.
const VARINT = 0;
const BYTES = 2;
const tag = (field: number, wireType: number): number => (field << 3) | wireType;
const DOCUMENT_NAME = tag(1, BYTES);
const DOCUMENT_CREATE_TIME = tag(3, BYTES);
const DOCUMENT_UPDATE_TIME = tag(4, BYTES);
const SECONDS = tag(1, VARINT);
const NANOS = tag(2, VARINT);
/** `found` of BatchGetDocumentsResponse, `document` of RunQueryResponse, `documents` of ListDocumentsResponse. */
const DOCUMENT_OF_RESPONSE = tag(1, BYTES);
const DOCUMENT_CHANGE = tag(3, BYTES);
const TARGET_IDS = tag(5, BYTES);
const REMOVED_TARGET_IDS = tag(6, BYTES);
const NONE = Buffer.alloc(0);

/** How to encode the responses of a method: documents by their stored bytes, where that is possible. */
export function responseSerializer(method: string, serialize: Serialize): Serialize {
  switch (method) {
    case 'GetDocument':
      return (response: MaybeStored) => {
        const stored = response[STORED];
        return stored === undefined ? serialize(response) : documentBytes(stored);
      };
    case 'BatchGetDocuments':
      return withDocument('found', serialize);
    case 'RunQuery':
      return withDocument('document', serialize);
    case 'Listen':
      return (response: { documentChange?: WireDocumentChange }) =>
        (response.documentChange && changeBytes(response.documentChange)) ?? serialize(response);
    default:
      return serialize;
  }
}

interface WireDocumentChange {
  readonly document: MaybeStored;
  readonly targetIds?: readonly number[];
  readonly removedTargetIds?: readonly number[];
}

function withDocument(member: string, serialize: Serialize): Serialize {
  return (response) => {
    const { [member]: document, ...others } = response as Record<string, MaybeStored | undefined>;
    const stored = document?.[STORED];
    if (stored === undefined) return serialize(response);
    return Buffer.concat([serialize(others), lengthPrefixed(DOCUMENT_OF_RESPONSE, documentBytes(stored))]);
  };
}

function changeBytes(change: WireDocumentChange): Buffer | undefined {
  const { document, targetIds, removedTargetIds } = change;
  const stored = document[STORED];
  if (stored === undefined) return undefined;
  const parts = [
    lengthPrefixed(DOCUMENT_OF_RESPONSE, documentBytes(stored)),
    idsBytes(TARGET_IDS, targetIds),
    idsBytes(REMOVED_TARGET_IDS, removedTargetIds),
  ];
  return lengthPrefixed(DOCUMENT_CHANGE, Buffer.concat(parts));
}

function idsBytes(fieldTag: number, ids: readonly number[] = []): Buffer {
  if (ids.length === 0) return NONE;
  return lengthPrefixed(fieldTag, Buffer.concat(ids.map((id) => Buffer.from(varint(id)))));
}

function documentBytes({ name, data, createMicros, updateMicros }: EncodedDocument): Buffer {
  return Buffer.concat([
    lengthPrefixed(DOCUMENT_NAME, Buffer.from(name)),
    data,
    lengthPrefixed(DOCUMENT_CREATE_TIME, timestampBytes(createMicros)),
    lengthPrefixed(DOCUMENT_UPDATE_TIME, timestampBytes(updateMicros)),
  ]);
}

function timestampBytes(micros: Micros): Buffer {
  const seconds = Math.floor(micros / 1_000_000);
  const nanos = (micros - seconds * 1_000_000) * 1_000;
  return Buffer.from([SECONDS, ...varint(seconds), NANOS, ...varint(nanos)]);
}

function lengthPrefixed(fieldTag: number, bytes: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from([...varint(fieldTag), ...varint(bytes.length)]), bytes]);
}

/** A whole number from 0 on: times of a running emulator are not before 1970. */
function varint(number: number): number[] {
  const bytes: number[] = [];
  let rest = number;
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  bytes.push(rest);
  return bytes;
}
