import { decodeStoredField, decodeStoredFields } from '../protocol/stored-fields.ts';
import { type FieldPath, getField } from '../values/field-path.ts';
import type { Micros } from '../values/timestamp.ts';
import type { Fields, Value } from '../values/value.ts';

/** A document as it was from `updateMicros` on. */
export interface StoredDocument {
  readonly name: string;
  readonly fields: Fields;
  readonly createMicros: Micros;
  readonly updateMicros: Micros;
  /** How long its encoded fields are. */
  readonly dataBytes: number;
}

/** A document as it is in the database: most reads need few of its fields decoded, or none. */
export class EncodedDocument implements StoredDocument {
  readonly name: string;
  /** A Document message with its fields alone. */
  readonly data: Uint8Array;
  readonly createMicros: Micros;
  readonly updateMicros: Micros;
  private decoded: Fields | undefined;

  constructor(parts: {
    name: string;
    data: Uint8Array;
    createMicros: Micros;
    updateMicros: Micros;
    fields?: Fields;
  }) {
    this.name = parts.name;
    this.data = parts.data;
    this.createMicros = parts.createMicros;
    this.updateMicros = parts.updateMicros;
    this.decoded = parts.fields;
  }

  get dataBytes(): number {
    return this.data.length;
  }

  get fields(): Fields {
    this.decoded ??= decodeStoredFields(this.data);
    return this.decoded;
  }

  /** The same document without decoded fields: those take ten times the memory. */
  lean(): EncodedDocument {
    const { name, data, createMicros, updateMicros } = this;
    return new EncodedDocument({ name, data, createMicros, updateMicros });
  }

  /** The value at a path; decodes no other field. */
  fieldAt(path: FieldPath): Value | undefined {
    if (this.decoded !== undefined) return getField(this.decoded, path);
    const [first = '', ...inner] = path;
    const value = decodeStoredField(this.data, first);
    if (inner.length === 0 || value === undefined) return value;
    return value.kind === 'map' ? getField(value.fields, inner) : undefined;
  }
}

/** The value at a path of a document. */
export function fieldOf(document: StoredDocument, path: FieldPath): Value | undefined {
  return document instanceof EncodedDocument ? document.fieldAt(path) : getField(document.fields, path);
}
