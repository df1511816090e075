import type { TaskContract } from '@waybill/contract-kit';
import { type JsonSchema, mapSchema, type SchemaObject } from '@waybill/schema-evolution';
import { namesOf } from '../scaffold/contract-names.ts';

const DIALECT = 'https://json-schema.org/draft/2020-12/schema';
/** Keywords of our validator that are no part of JSON Schema, and not to be written otherwise. */
const OWN_KEYWORDS = ['formatMinimum', 'formatMaximum', 'formatExclusiveMinimum', 'formatExclusiveMaximum'];

/** The URN that identifies the schema of a contract's version. */
function schemaUrn({ name, version }: TaskContract): string {
  return `urn:waybill:${name}:v${version}`;
}

/**
 * The schema of a contract's version as a document of its own, for validators and generators in any language. It holds
 * keywords of JSON Schema 2020-12 only.
 */
export function plainSchema(contract: TaskContract): SchemaObject {
  const { name, version, description, schema, example } = contract;
  const { $schema: _dialect, $id = schemaUrn(contract), ...rest } = standardSchema(schema as SchemaObject);
  return {
    $schema: DIALECT,
    $id,
    title: `${namesOf(name).pascal}V${version}`,
    description,
    ...rest,
    examples: rest['examples'] ?? [example],
  };
}

/** A schema in keywords of JSON Schema 2020-12 only, which accepts the same payloads, but for limits of formats. */
export function standardSchema(schema: SchemaObject): SchemaObject {
  const hasReferenceInto = JSON.stringify(schema).includes('/dependencies/');
  return mapSchema(schema, (copy) => {
    const typed = withoutOwnKeywords(withNullType(copy));
    return hasReferenceInto ? typed : withDependents(typed);
  }) as SchemaObject;
}

/** `nullable` is OpenAPI's. */
function withNullType({ nullable, ...schema }: SchemaObject): SchemaObject {
  if (nullable !== true || schema['type'] === undefined) return schema;
  return { ...schema, type: [...new Set([schema['type'], 'null'].flat())] };
}

/** Limits of formats become a comment. The worker still checks them. */
function withoutOwnKeywords(schema: SchemaObject): SchemaObject {
  const own = OWN_KEYWORDS.filter((keyword) => keyword in schema);
  if (own.length === 0) return schema;
  const rest = Object.fromEntries(Object.entries(schema).filter(([keyword]) => !own.includes(keyword)));
  const limits = own.map((keyword) => `${keyword}: ${JSON.stringify(schema[keyword])}`).join(', ');
  const comment = [schema['$comment'], `The worker also checks ${limits}`].filter(Boolean).join('; ');
  return { ...rest, $comment: comment };
}

/** `dependencies` became two keywords; a validator of 2020-12 need not know it. */
function withDependents(schema: SchemaObject): SchemaObject {
  const { dependencies, ...rest } = schema;
  if (dependencies === undefined) return schema;
  const entries = Object.entries(dependencies as Record<string, JsonSchema | readonly string[]>);
  const names = entries.filter(([, value]) => Array.isArray(value));
  const schemas = entries.filter(([, value]) => !Array.isArray(value));
  const added = {
    ...(names.length > 0 && { dependentRequired: Object.fromEntries(names) }),
    ...(schemas.length > 0 && { dependentSchemas: Object.fromEntries(schemas) }),
  };
  const hasOwn = Object.keys(added).some((keyword) => keyword in rest);
  if (!hasOwn) return { ...rest, ...added };
  return { ...rest, allOf: [...((rest['allOf'] as JsonSchema[] | undefined) ?? []), added] };
}
