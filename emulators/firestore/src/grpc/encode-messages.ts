import type { WireDocument, WireMask, WireWriteResult } from '../protocol/messages.ts';
import type { StoredDocument } from '../store/stored-document.ts';
import type { WriteResult } from '../transactions/apply-writes.ts';
import { encodeFields, encodeValue } from '../values/encode-value.ts';
import { type FieldPath, parseFieldPath, projectFields } from '../values/field-path.ts';
import { timestampOfMicros } from '../values/timestamp.ts';

/** Writes a document for the wire, cut down to a mask if one is given. */
export function encodeStored(document: StoredDocument, mask?: readonly FieldPath[]): WireDocument {
  const fields = mask === undefined ? document.fields : projectFields(document.fields, mask);
  return {
    name: document.name,
    fields: encodeFields(fields),
    createTime: timestampOfMicros(document.createMicros),
    updateTime: timestampOfMicros(document.updateMicros),
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
