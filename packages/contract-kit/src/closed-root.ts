import { pointerOfFragment, valueAt } from './json-pointer.ts';
import { localFragmentOf } from './local-reference.ts';
import { IN_PLACE_KEYWORDS, isSchema, schemasOf } from './schema-keywords.ts';

type SchemaObject = Readonly<Record<string, unknown>>;

/** Names that no schema means. A pattern that matches one of them is taken to match any name. */
const PROBES = ['', 'a', 'surprise', 'Zz9', '_', '0', 'surprise-member_1'];

/**
 * Whether a schema is known to refuse objects with members that it does not name. It follows references and unions. A schema
 * that does so in another way, such as by `not`, counts as open.
 * @param root the document that references are looked up in
 */
export function refusesUnknownMembers(
  schema: unknown,
  root: unknown = schema,
  open: ReadonlySet<unknown> = new Set(),
): boolean {
  if (!isSchema(schema)) return false;
  if (typeof schema === 'boolean') return !schema;
  // A schema that refers to itself is closed if it is so by anything else.
  if (open.has(schema)) return false;
  const inside = new Set([...open, schema]);
  const isClosed = (part: unknown): boolean => refusesUnknownMembers(part, root, inside);
  const all = (parts: unknown): boolean => Array.isArray(parts) && parts.length > 0 && parts.every(isClosed);
  const some = (parts: unknown): boolean => Array.isArray(parts) && parts.some(isClosed);
  const { $ref, if: condition, then: yes, else: no } = schema;
  return (
    'const' in schema ||
    'enum' in schema ||
    schema['maxProperties'] === 0 ||
    excludesObjects(schema['type']) ||
    namesAreListed(schema['propertyNames']) ||
    isClosedByItself(schema, root) ||
    (typeof $ref === 'string' && isClosed(targetOf($ref, root))) ||
    some(schema['allOf']) ||
    all(schema['anyOf']) ||
    all(schema['oneOf']) ||
    (condition !== undefined && (isClosed(yes) || isClosed(condition)) && isClosed(no))
  );
}

/** Whether `additionalProperties` or `unevaluatedProperties` refuses members, and nothing beside it takes any of them. */
function isClosedByItself(schema: SchemaObject, root: unknown): boolean {
  const { additionalProperties, unevaluatedProperties } = schema;
  if (acceptsNothing(additionalProperties)) return !takesAnyNameByPattern(schema);
  return (
    acceptsNothing(unevaluatedProperties) &&
    additionalProperties === undefined &&
    !takesAnyNameByPattern(schema) &&
    !partsEvaluateAny(schema, root, new Set())
  );
}

/** Whether a schema that applies to the same object evaluates any member, which `unevaluatedProperties` then leaves alone. */
function partsEvaluateAny(schema: SchemaObject, root: unknown, seen: Set<unknown>): boolean {
  if (seen.has(schema)) return false;
  seen.add(schema);
  const { $ref } = schema;
  const parts = [...IN_PLACE_KEYWORDS]
    .filter((keyword) => keyword !== 'not')
    .flatMap((keyword) => schemasOf(keyword, schema[keyword]).map(([, part]) => part));
  return [...parts, ...(typeof $ref === 'string' ? [targetOf($ref, root)] : [])].some((part) => {
    if (!isSchema(part) || typeof part === 'boolean') return false;
    const { additionalProperties, unevaluatedProperties } = part;
    const isOpen = [additionalProperties, unevaluatedProperties].some(
      (others) => others !== undefined && !acceptsNothing(others),
    );
    return isOpen || takesAnyNameByPattern(part) || partsEvaluateAny(part, root, seen);
  });
}

function takesAnyNameByPattern({ patternProperties }: SchemaObject): boolean {
  const patterns = isSchema(patternProperties) ? Object.entries(patternProperties) : [];
  return patterns.some(([pattern, part]) => !acceptsNothing(part) && matchesAnyName(pattern));
}

function matchesAnyName(pattern: string): boolean {
  try {
    const expression = new RegExp(pattern, 'u');
    return PROBES.some((name) => expression.test(name));
  } catch {
    // The compiler refuses it, and names its place.
    return false;
  }
}

function acceptsNothing(schema: unknown): boolean {
  if (schema === false) return true;
  if (!isSchema(schema) || typeof schema === 'boolean') return false;
  const { not } = schema;
  return not === true || (isSchema(not) && typeof not === 'object' && Object.keys(not).length === 0);
}

function excludesObjects(type: unknown): boolean {
  if (typeof type === 'string') return type !== 'object';
  return Array.isArray(type) && !type.includes('object');
}

function namesAreListed(names: unknown): boolean {
  if (names === false) return true;
  return isSchema(names) && typeof names === 'object' && ('enum' in names || 'const' in names);
}

function targetOf(ref: string, root: unknown): unknown {
  const fragment = localFragmentOf(root, ref);
  const pointer = fragment === undefined ? undefined : pointerOfFragment(fragment);
  return pointer === undefined ? undefined : valueAt(root, pointer);
}
