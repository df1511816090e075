import { isSchema } from '@waybill/contract-kit';
import type { JsonSchema, SchemaObject } from '../../src/schema/json-schema.ts';
import { KEYWORD_ROLES } from '../../src/schema/keyword-roles.ts';
import { mapSchema } from '../../src/schema/map-schema.ts';

/**
 * A schema of draft 4 to 7 in the words of 2020-12: lists of items, exclusive bounds that were flags, and a `$ref` that
 * hides the keywords beside it. Keywords that no draft has are left out: validators ignore them.
 */
export function modernSchema(schema: unknown): JsonSchema {
  if (!isSchema(schema)) return schema as JsonSchema;
  const isOld = typeof schema === 'object' && /draft-0[4-7]/.test(String(schema['$schema']));
  return mapSchema(schema, (copy) => {
    const { $schema, additionalItems, ...rest } = copy;
    if (isOld && '$ref' in rest) return onlyRef(rest);
    return withPrefixItems(withExclusiveBounds(withKnownKeywords(rest)), additionalItems);
  });
}

function withKnownKeywords(schema: SchemaObject): SchemaObject {
  const isKept = (keyword: string): boolean => keyword.startsWith('$') || KEYWORD_ROLES.has(keyword);
  return Object.fromEntries(Object.entries(schema).filter(([keyword]) => isKept(keyword)));
}

function withExclusiveBounds(schema: SchemaObject): SchemaObject {
  const changed: Record<string, unknown> = { ...schema };
  for (const [flag, bound] of [
    ['exclusiveMinimum', 'minimum'],
    ['exclusiveMaximum', 'maximum'],
  ] as const) {
    if (typeof changed[flag] !== 'boolean') continue;
    const isExclusive = changed[flag] && bound in changed;
    delete changed[flag];
    if (!isExclusive) continue;
    changed[flag] = changed[bound];
    delete changed[bound];
  }
  return changed;
}

function withPrefixItems(schema: SchemaObject, additionalItems: unknown): SchemaObject {
  if (!Array.isArray(schema['items'])) return schema;
  const { items, ...others } = schema;
  return { ...others, prefixItems: items, ...(additionalItems !== undefined && { items: additionalItems }) };
}

function onlyRef({ $ref, $defs, definitions }: SchemaObject): SchemaObject {
  return { $ref, ...($defs !== undefined && { $defs }), ...(definitions !== undefined && { definitions }) };
}
