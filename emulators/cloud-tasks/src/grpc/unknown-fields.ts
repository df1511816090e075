import protobuf, { type Reader, type Type } from 'protobufjs';

const LENGTH_DELIMITED = 2;

/**
 * Finds field numbers in an encoded message that its type lacks. Protobuf drops them, so a caller's setting would
 * vanish without a word.
 * @param bytes a message that protobuf can decode
 * @returns their paths, such as `task.12`
 */
export function unknownFields(type: Type, bytes: Uint8Array): string[] {
  const paths: string[] = [];
  collect(type, protobuf.Reader.create(bytes), '', paths);
  return paths;
}

function collect(type: Type, reader: Reader, prefix: string, paths: string[]): void {
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    const field = type.fieldsById[tag >>> 3]?.resolve();
    if (field === undefined) paths.push(`${prefix}${tag >>> 3}`);
    const message = field?.map || !field?.resolvedType ? undefined : field.resolvedType;
    if ((tag & 7) === LENGTH_DELIMITED && message !== undefined && 'fields' in message) {
      const end = reader.uint32() + reader.pos;
      const inner = protobuf.Reader.create(reader.buf.subarray(reader.pos, end));
      const name = field?.name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
      collect(message, inner, `${prefix}${name}.`, paths);
      reader.pos = end;
    } else {
      reader.skipType(tag & 7);
    }
  }
}
