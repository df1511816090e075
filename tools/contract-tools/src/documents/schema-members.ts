import { escapePointer, valueAt } from '@waybill/contract-kit';
import type { JsonSchema, SchemaObject } from '@waybill/schema-evolution';

/** A member of a payload, as a page shows it. */
export interface SchemaMember {
  /** Its place in the payload. `*` stands for each item. */
  readonly path: string;
  readonly type: string;
  readonly required: boolean;
  /** Its conditions in words: `1 to 50 items`. */
  readonly rules: readonly string[];
  readonly description: string;
}

/** Deeper members are not listed. */
const MAX_DEPTH = 4;

/** The members of an object's schema, each followed by the members inside of it, in the order of the schema. */
export function membersOf(
  schema: JsonSchema,
  root: JsonSchema = schema,
  path = '',
  depth = 0,
): SchemaMember[] {
  const object = resolved(schema, root);
  if (typeof object === 'boolean' || depth > MAX_DEPTH) return [];
  const required = (object['required'] as string[] | undefined) ?? [];
  const properties = Object.entries((object['properties'] as Record<string, JsonSchema> | undefined) ?? {});
  const own = properties.flatMap(([name, part]) => {
    const at = path === '' ? escapePointer(name) : `${path}/${escapePointer(name)}`;
    const member = resolved(part, root);
    return [
      {
        path: at,
        type: typeOf(member),
        required: required.includes(name),
        rules: rulesOf(member),
        description: typeof member === 'object' ? String(member['description'] ?? '') : '',
      },
      ...membersOf(member, root, at, depth + 1),
    ];
  });
  const items = object['items'] as JsonSchema | undefined;
  const inItems =
    items === undefined ? [] : membersOf(items, root, path === '' ? '*' : `${path}/*`, depth + 1);
  const unions = ['anyOf', 'oneOf', 'allOf'].flatMap((keyword) =>
    ((object[keyword] as JsonSchema[] | undefined) ?? []).flatMap((part) =>
      membersOf(part, root, path, depth + 1),
    ),
  );
  return [...own, ...inItems, ...unions];
}

function resolved(schema: JsonSchema, root: JsonSchema): JsonSchema {
  const ref = typeof schema === 'object' ? schema['$ref'] : undefined;
  if (typeof ref !== 'string' || !ref.startsWith('#/')) return schema;
  const target = valueAt(root, ref.slice(1)) as SchemaObject;
  return { ...target, ...(schema as SchemaObject) };
}

function typeOf(schema: JsonSchema): string {
  if (typeof schema === 'boolean') return schema ? 'anything' : 'nothing';
  if ('const' in schema) return JSON.stringify(schema['const']);
  const listed = schema['enum'] as unknown[] | undefined;
  if (listed !== undefined) return listed.map((value) => JSON.stringify(value)).join(', ');
  const type = schema['type'] as string | string[] | undefined;
  return Array.isArray(type) ? type.join(' or ') : (type ?? 'one of several');
}

function rulesOf(schema: JsonSchema): string[] {
  if (typeof schema === 'boolean') return [];
  const range = (min: unknown, max: unknown, unit: string): string[] => {
    if (min !== undefined && max !== undefined) return [`${min} to ${max}${unit}`];
    if (min !== undefined) return [`at least ${min}${unit}`];
    return max === undefined ? [] : [`at most ${max}${unit}`];
  };
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf, pattern, format } = schema;
  return [
    ...range(minimum, maximum, ''),
    ...(exclusiveMinimum === undefined ? [] : [`more than ${exclusiveMinimum}`]),
    ...(exclusiveMaximum === undefined ? [] : [`less than ${exclusiveMaximum}`]),
    ...(multipleOf === undefined ? [] : [`a multiple of ${multipleOf}`]),
    ...range(schema['minLength'], schema['maxLength'], ' characters'),
    ...range(schema['minItems'], schema['maxItems'], ' items'),
    ...(schema['uniqueItems'] === true ? ['no item twice'] : []),
    ...(pattern === undefined ? [] : [`matches \`${pattern}\``]),
    ...(format === undefined ? [] : [`format ${format}`]),
  ];
}
