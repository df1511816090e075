import { escapePointer } from '@waybill/contract-kit';
import type { Alternative } from '../alternatives/alternative.ts';
import type { JsonSchema } from '../schema/json-schema.ts';
import type { SchemaSpace } from '../schema/schema-space.ts';

/** The pointer of the first schema that stands in a document; '' if none does. */
export function pointerOf(space: SchemaSpace, ...schemas: readonly JsonSchema[]): string {
  for (const schema of schemas) {
    const pointer = space.pointerOf(schema);
    if (pointer !== undefined) return pointer;
    if (typeof schema === 'object' && Array.isArray(schema['allOf'])) {
      return pointerOf(space, ...schema['allOf']);
    }
  }
  return '';
}

/** The pointer of the first of the keywords that an alternative has in a document; otherwise its own pointer. */
export function pointerOfKeyword(
  space: SchemaSpace,
  alternative: Alternative,
  ...keywords: readonly string[]
): string {
  for (const keyword of keywords) {
    for (const source of alternative.sources) {
      if (typeof source === 'boolean' || !(keyword in source)) continue;
      const pointer = space.pointerOf(source);
      if (pointer !== undefined) return `${pointer}/${escapePointer(keyword)}`;
    }
  }
  return pointerOf(space, ...alternative.sources);
}

/** The pointer of the keyword that limits a schema to certain values or types; otherwise its own pointer. */
export function pointerOfValues(space: SchemaSpace, schema: JsonSchema): string {
  const pointer = pointerOf(space, schema);
  if (typeof schema === 'boolean') return pointer;
  const keyword = ['enum', 'const', 'type', 'anyOf', 'oneOf'].find((name) => name in schema);
  return keyword === undefined ? pointer : `${pointer}/${keyword}`;
}
