import { readRestRequest, writeJson } from '@waybill/emulator-kit/rest';
import { decodeDocument, encodeDocument } from '../protocol/firestore-service.ts';
import { firestoreTypes } from '../protocol/message-types.ts';
import type { WireDocument } from '../protocol/messages.ts';
import type { StoredDocument } from '../store/stored-document.ts';
import { encodeFields } from '../values/encode-value.ts';
import type { Fields } from '../values/value.ts';

const DOCUMENT = 'google.firestore.v1.Document';

/** Fields as the REST API writes them in JSON, sorted by name. */
export function fieldsJson(fields: Fields): Record<string, unknown> {
  const message = decodeDocument(encodeDocument({ fields: encodeFields(fields) }));
  const json = writeJson(firestoreTypes().lookupType(DOCUMENT), { ...message }, { enumsAsNumbers: false });
  return sorted(json['fields'] ?? {}) as Record<string, unknown>;
}

/** A document as one line of JSON. */
export function documentLine({ name, fields }: Pick<StoredDocument, 'name' | 'fields'>): string {
  return JSON.stringify({ name, fields: fieldsJson(fields) });
}

/** Reads what `documentLine` wrote. @throws {RestRequestError} naming what is no document */
export function parseDocumentLine(line: string): WireDocument {
  const type = firestoreTypes().lookupType(DOCUMENT);
  const call = { service: '', method: '', fields: {}, body: 'request' } as const;
  const fields = readRestRequest(type, call, new URLSearchParams(), line);
  return decodeDocument(type.encode(type.fromObject(fields)).finish());
}

/** The same JSON with the members of each object in the order of their names. */
function sorted(json: unknown): unknown {
  if (Array.isArray(json)) return json.map(sorted);
  if (typeof json !== 'object' || json === null || JSON_RAW.isRawJSON(json)) return json;
  return Object.fromEntries(
    Object.entries(json)
      .sort(([left], [right]) => (left < right ? -1 : 1))
      .map(([key, value]) => [key, sorted(value)]),
  );
}

const JSON_RAW = JSON as unknown as { isRawJSON(value: unknown): boolean };
