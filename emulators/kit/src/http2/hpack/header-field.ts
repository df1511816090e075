/** A header field as HPACK carries it. Table entries are shared, so they are never changed. */
export interface HeaderField {
  readonly name: string;
  readonly value: string;
  /** The size that tables and limits count: name, value and 32 bytes (RFC 7541, section 4.1). */
  readonly sizeBytes: number;
  /** Whether HTTP/2 allows the name and the value (RFC 9113, section 8.2.1). */
  readonly isWellFormed: boolean;
}

const OVERHEAD_BYTES = 32;
/** Lower-case tokens; pseudo-header fields begin with a colon. */
const NAME = /^:?[!#$%&'*+\-.^_`|~0-9a-z]+$/;
const FORBIDDEN_IN_VALUE = /[\0\r\n]|^[ \t]|[ \t]$/;

/** Creates a field. Names and values hold one byte in each character. */
export function headerField(name: string, value: string): HeaderField {
  return {
    name,
    value,
    sizeBytes: name.length + value.length + OVERHEAD_BYTES,
    isWellFormed: NAME.test(name) && !FORBIDDEN_IN_VALUE.test(value),
  };
}
