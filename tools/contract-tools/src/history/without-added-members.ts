import { escapePointer, isSchema, SCHEMA_PLACES } from '@waybill/contract-kit';
import type { JsonSchema, SchemaObject } from '@waybill/schema-evolution';

/** A schema without the optional members that it adds to a published one, and the places of those. */
export interface WithoutAddedMembers {
  readonly schema: JsonSchema;
  /** JSON pointers into the schema. */
  readonly added: readonly string[];
}

/**
 * Leaves out the optional members that a schema adds to a published one, at each depth. What the result accepts are the
 * payloads that use none of them.
 */
export function withoutAddedMembers(published: JsonSchema, proposed: JsonSchema): WithoutAddedMembers {
  const added: string[] = [];
  const schema = strip(published, proposed, '', added);
  return { schema, added };
}

function strip(published: unknown, proposed: JsonSchema, pointer: string, added: string[]): JsonSchema {
  if (typeof proposed === 'boolean' || typeof published !== 'object' || published === null) return proposed;
  const before = published as SchemaObject;
  const below = (part: unknown, old: unknown, path: string): unknown =>
    isSchema(part) ? strip(old, part, `${pointer}/${path}`, added) : part;
  const required = (proposed['required'] as readonly unknown[] | undefined) ?? [];
  const isAdded = (keyword: string, name: string): boolean =>
    keyword === 'properties' && !required.includes(name) && refusesMember(before, name);
  const stripped = (keyword: string, value: unknown): unknown => {
    const old = ownMember(before, keyword);
    switch (SCHEMA_PLACES.get(keyword)) {
      case 'schema':
        return below(value, old, keyword);
      case 'list':
        return (value as unknown[]).map((part, index) =>
          below(part, ownMember(old, index), `${keyword}/${index}`),
        );
      case 'map':
        return Object.fromEntries(
          Object.entries(value as object).flatMap(([name, part]) => {
            const path = `${keyword}/${escapePointer(name)}`;
            if (!isAdded(keyword, name)) return [[name, below(part, ownMember(old, name), path)]];
            added.push(`${pointer}/${path}`);
            return [];
          }),
        );
      case undefined:
        return value;
    }
  };
  return Object.fromEntries(
    Object.entries(proposed).map(([keyword, value]) => [keyword, stripped(keyword, value)]),
  ) as SchemaObject;
}

function ownMember(value: unknown, name: string | number): unknown {
  if (value === null || typeof value !== 'object' || !Object.hasOwn(value, name)) return undefined;
  return (value as Record<string | number, unknown>)[name];
}

/** Keywords by which a schema accepts members that its own `properties` do not name. */
const APPLICATORS = [
  '$ref',
  'allOf',
  'anyOf',
  'oneOf',
  'if',
  'then',
  'else',
  'dependentSchemas',
  'dependencies',
];

/** Whether a schema itself refuses each object with a member. */
function refusesMember(schema: SchemaObject, name: string): boolean {
  const { properties, patternProperties, additionalProperties, unevaluatedProperties } = schema;
  if (Object.hasOwn((properties as object | undefined) ?? {}, name)) return false;
  const patterns = Object.keys((patternProperties as object | undefined) ?? {});
  if (patterns.some((pattern) => new RegExp(pattern, 'u').test(name))) return false;
  if (additionalProperties === false) return true;
  return (
    unevaluatedProperties === false &&
    additionalProperties === undefined &&
    APPLICATORS.every((keyword) => schema[keyword] === undefined)
  );
}
