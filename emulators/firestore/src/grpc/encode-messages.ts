import type { WireDocument, WireMask, WireWriteResult } from '../protocol/messages.ts';
import { EncodedDocument, type StoredDocument } from '../store/stored-document.ts';
import type { WriteResult } from '../transactions/apply-writes.ts';
import { encodeFields, encodeValue } from '../values/encode-value.ts';
import { type FieldPath, parseFieldPath, projectFields } from '../values/field-path.ts';
import { timestampOfMicros } from '../values/timestamp.ts';
import { STORED } from './stored-response.ts';

/** Writes a document for the wire, cut down to a mask if one is given. */
export function encodeStored(document: StoredDocument, mask?: readonly FieldPath[]): WireDocument {
  if (mask === undefined && document instanceof EncodedDocument) return encodeEncoded(document);
  const fields = mask === undefined ? document.fields : projectFields(document.fields, mask);
  return {
    name: document.name,
    fields: encodeFields(fields),
    createTime: timestampOfMicros(document.createMicros),
    updateTime: timestampOfMicros(document.updateMicros),
  };
}

/** Over gRPC the stored bytes are sent as they are: then nothing is decoded and encoded anew. */
function encodeEncoded(document: EncodedDocument): WireDocument & { readonly [STORED]: EncodedDocument } {
  return {
    name: document.name,
    get fields() {
      return encodeFields(document.fields);
    },
    get createTime() {
      return timestampOfMicros(document.createMicros);
    },
    get updateTime() {
      return timestampOfMicros(document.updateMicros);
    },
    [STORED]: document,
  };
}

/** Reads a response mask; `__name__` is always there. */
export function decodeMask(mask: WireMask | null): FieldPath[] | undefined {
  return mask?.fieldPaths.filter((path) => path !== '__name__').map(parseFieldPath);
}

/** Writes a write's result for the wire. */
export function encodeWriteResult(result: WriteResult): WireWriteResult {
  const { updateMicros } = result;
  return {
    updateTime: updateMicros === undefined ? null : timestampOfMicros(updateMicros),
    transformResults: result.transformResults.map(encodeValue),
  };
}
