import type { JsonSchema, SchemaObject } from '@waybill/schema-evolution';

/** Keywords whose conditions a table cannot show. */
const NOT_SHOWN = ['contains', 'dependencies', 'dependentSchemas', 'if', 'not', 'unevaluatedItems'] as const;

/** The type of a value in words: `string or null`, `"card"`. */
export function typeText(objects: readonly SchemaObject[]): string {
  for (const schema of objects) {
    if ('const' in schema) return JSON.stringify(schema['const']);
    const listed = schema['enum'] as unknown[] | undefined;
    if (listed !== undefined) return listed.map((value) => JSON.stringify(value)).join(', ');
  }
  const typed = objects.find(({ type }) => type !== undefined);
  if (typed === undefined) return typeByKeywords(objects);
  const types = [typed['type'] as string | string[]].flat();
  if (typed['nullable'] === true && !types.includes('null')) types.push('null');
  return types.join(' or ');
}

/** The type that a schema without `type` is about. */
function typeByKeywords(objects: readonly SchemaObject[]): string {
  const has = (...keywords: string[]): boolean =>
    objects.some((schema) => keywords.some((keyword) => keyword in schema));
  if (has('properties', 'patternProperties', 'additionalProperties', 'required')) return 'object';
  return has('items', 'prefixItems') ? 'array' : 'anything';
}

/** The conditions of a value in words: `1 to 50 items`. */
export function rulesOf(objects: readonly SchemaObject[]): string[] {
  return [...new Set(objects.flatMap(rulesOfObject))];
}

/** Text in a Markdown code span. */
export function code(text: string): string {
  const fence = text.includes('`') ? '``' : '`';
  const padding = text.startsWith('`') || text.endsWith('`') ? ' ' : '';
  return `${fence}${padding}${text}${padding}${fence}`;
}

function rulesOfObject(schema: SchemaObject): string[] {
  return [...numberRules(schema), ...textRules(schema), ...arrayRules(schema), ...objectRules(schema)].concat(
    'default' in schema ? [`default ${code(JSON.stringify(schema['default']))}`] : [],
    furtherConditions(schema),
  );
}

function numberRules({ minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf }: SchemaObject) {
  return [
    ...range(minimum, maximum),
    ...(exclusiveMinimum === undefined ? [] : [`more than ${exclusiveMinimum}`]),
    ...(exclusiveMaximum === undefined ? [] : [`less than ${exclusiveMaximum}`]),
    ...(multipleOf === undefined ? [] : [`a multiple of ${multipleOf}`]),
  ];
}

function textRules(schema: SchemaObject): string[] {
  const { pattern, format, contentEncoding, contentMediaType } = schema;
  const limit = (keyword: string, words: string): string[] =>
    schema[keyword] === undefined ? [] : [`${words} ${String(schema[keyword])}`];
  return [
    ...range(schema['minLength'], schema['maxLength'], 'character'),
    ...(pattern === undefined ? [] : [`matches ${code(String(pattern))}`]),
    ...(format === undefined ? [] : [`format ${String(format)}`]),
    ...limit('formatMinimum', 'from'),
    ...limit('formatMaximum', 'up to'),
    ...limit('formatExclusiveMinimum', 'after'),
    ...limit('formatExclusiveMaximum', 'before'),
    ...(contentEncoding === undefined ? [] : [`encoded in ${String(contentEncoding)}`]),
    ...(contentMediaType === undefined ? [] : [`holds ${String(contentMediaType)}`]),
  ];
}

function arrayRules(schema: SchemaObject): string[] {
  return [
    ...range(schema['minItems'], schema['maxItems'], 'item'),
    ...(schema['uniqueItems'] === true ? ['no item twice'] : []),
    ...(schema['items'] === false && schema['prefixItems'] !== undefined ? ['no further items'] : []),
  ];
}

function objectRules(schema: SchemaObject): string[] {
  const names = schema['propertyNames'] as JsonSchema | undefined;
  const together = Object.entries((schema['dependentRequired'] ?? {}) as Record<string, string[]>);
  return [
    ...range(schema['minProperties'], schema['maxProperties'], 'member'),
    ...(typeof names === 'object' ? rulesOf([names]).map((rule) => `each name: ${rule}`) : []),
    ...together.map(([name, others]) => `with ${code(name)} also ${others.map(code).join(', ')}`),
  ];
}

function furtherConditions(schema: SchemaObject): string[] {
  const present = NOT_SHOWN.filter((keyword) => keyword in schema);
  return present.length === 0 ? [] : [`further conditions by ${present.map(code).join(', ')}`];
}

function range(min: unknown, max: unknown, unit = ''): string[] {
  const counted = (bound: unknown): string =>
    unit === '' ? String(bound) : `${bound} ${unit}${bound === 1 ? '' : 's'}`;
  if (min !== undefined && min === max) return [`exactly ${counted(max)}`];
  if (min !== undefined && max !== undefined) return [`${min} to ${counted(max)}`];
  if (min !== undefined) return [`at least ${counted(min)}`];
  return max === undefined ? [] : [`at most ${counted(max)}`];
}
