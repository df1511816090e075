import { SchemaDialectError } from './errors.ts';
import { escapePointer, pointerOfFragment } from './json-pointer.ts';
import { localFragmentOf } from './local-reference.ts';
import { IN_PLACE_KEYWORDS, isSchema, schemasOf } from './schema-keywords.ts';

/** Limits the nesting of a schema. The validator's compiler calls itself for each level. */
const MAX_NESTING_DEPTH = 100;

const NAMED_SCHEMA = 'name the schema in "$defs" and write "$ref": "#/$defs/<name>"';

/** Keywords that are refused, with what to write instead. */
const REPLACEMENTS: ReadonlyMap<string, string> = new Map([
  ['$anchor', NAMED_SCHEMA],
  ['$async', 'leave it out: a validator returns its result at once'],
  ['$dynamicAnchor', 'name the schema in "$defs"'],
  ['$dynamicRef', 'write "$ref" to a schema in "$defs"'],
  ['$recursiveAnchor', 'name the schema in "$defs"'],
  ['$recursiveRef', 'write "$ref": "#" for the whole schema, or "$ref" to a schema in "$defs"'],
  ['additionalItems', 'write "prefixItems" for the first items and "items" for the others'],
  ['disallow', 'write "not"'],
  ['divisibleBy', 'write "multipleOf"'],
  ['extends', 'write "allOf"'],
  ['id', 'write "$id", at the top of the schema'],
]);

/** Whether the dialect refuses a keyword that the validator's compiler knows. */
export function isRefusedKeyword(keyword: string): boolean {
  return REPLACEMENTS.has(keyword);
}

/** The name of a member that the validator's compiler skips. */
const UNUSABLE_NAME = '__proto__';

const DIALECTS: ReadonlySet<unknown> = new Set([
  'https://json-schema.org/draft/2020-12/schema',
  'https://json-schema.org/draft/2020-12/schema#',
]);

type SchemaObject = Readonly<Record<string, unknown>>;

/**
 * The problems by which a schema is outside of the project's dialect of JSON Schema 2020-12, each with its place and with
 * what to write instead; none if it is in the dialect. It looks for what the validator's compiler would take and then
 * validate wrongly or without end. Unknown keywords and invalid values are left to the compiler.
 */
export function dialectProblems(schema: unknown): readonly string[] {
  if (!isSchema(schema)) return ['the schema must be an object or a boolean'];
  const problems = [...valueProblems(schema)];
  // A schema that is too deep would exceed the stack in the passes that follow.
  if (problems.length > 0) return problems;
  const document = new SchemaDocument(schema);
  return [...document.keywordProblems(), ...document.referenceProblems(), ...document.endlessReferences()];
}

/** @throws {SchemaDialectError} with all problems of a schema that is outside of the project's dialect */
export function assertDialect(schema: unknown): void {
  const problems = dialectProblems(schema);
  if (problems.length > 0) throw new SchemaDialectError(problems);
}

/** Problems of any JSON value, whether it is in a schema or is one. */
function* valueProblems(document: unknown): Generator<string> {
  const open: { readonly value: unknown; readonly pointer: string; readonly depth: number }[] = [
    { value: document, pointer: '', depth: 0 },
  ];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { value, pointer, depth } = next;
    if (typeof value === 'string' && !value.isWellFormed()) {
      yield `${placeOf(pointer)} holds half a surrogate pair, which UTF-8 cannot carry: write whole characters`;
    }
    if (typeof value === 'number' && !Number.isFinite(value)) {
      yield `${placeOf(pointer)} is ${value}, which JSON cannot carry: write a finite number`;
    }
    if (value === null || typeof value !== 'object') continue;
    // A level of a schema is a keyword and a name or an index below it.
    if (depth > 2 * MAX_NESTING_DEPTH) {
      yield `${placeOf('')} is nested deeper than ${MAX_NESTING_DEPTH} levels: write parts of it in "$defs", and "$ref" to them`;
      return;
    }
    for (const [name, member] of Object.entries(value)) {
      if (name === UNUSABLE_NAME) {
        yield `${placeOf(pointer)} holds a member "${UNUSABLE_NAME}", which validators ignore: choose another name`;
      } else if (!name.isWellFormed()) {
        yield `${placeOf(pointer)} holds a name with half a surrogate pair, which UTF-8 cannot carry: write whole characters`;
      }
      open.push({ value: member, pointer: `${pointer}/${escapePointer(name)}`, depth: depth + 1 });
    }
  }
}

/** The places of all schemas in a document, and the references between them. */
class SchemaDocument {
  readonly #root: boolean | SchemaObject;
  readonly #schemas = new Map<string, boolean | SchemaObject>();

  constructor(root: boolean | SchemaObject) {
    this.#root = root;
    this.#schemas.set('', root);
    // The loop also visits the schemas that are added meanwhile.
    for (const [pointer, schema] of this.#schemas) {
      if (typeof schema === 'boolean') continue;
      for (const [part, below] of partsOf(schema)) this.#schemas.set(`${pointer}/${part}`, below);
    }
  }

  *keywordProblems(): Generator<string> {
    for (const [pointer, schema] of this.#objects()) {
      for (const keyword of Object.keys(schema)) {
        const problem = keywordProblem(keyword, schema[keyword], pointer);
        if (problem !== undefined) yield `${placeOf(pointer)}: ${problem}`;
      }
    }
  }

  *referenceProblems(): Generator<string> {
    for (const [pointer, schema] of this.#objects()) {
      const ref = schema['$ref'];
      if (typeof ref !== 'string' || this.#targetOf(ref) !== undefined) continue;
      const isOutside = localFragmentOf(this.#root, ref) === undefined;
      const problem = isOutside ? 'leads to another document' : 'leads to no schema';
      yield `${placeOf(pointer)}: "$ref": "${ref}" ${problem}; ${NAMED_SCHEMA}`;
    }
  }

  /** References that lead back to themselves before a member or an item is read: a validator would follow them for ever. */
  *endlessReferences(): Generator<string> {
    const done = new Set<string>();
    for (const start of this.#schemas.keys()) {
      const cycle = this.#cycleFrom(start, done);
      if (cycle === undefined) continue;
      const path = cycle.map((pointer) => `#${pointer}`).join(' -> ');
      yield `${placeOf(cycle[0] ?? '')} refers to itself without end (${path}); write the reference below "properties" or "items"`;
    }
  }

  /** Searches a cycle depth first, without calling itself: a chain of references may be long. */
  #cycleFrom(start: string, done: Set<string>): readonly string[] | undefined {
    const path: string[] = [];
    const open: { readonly pointer: string; readonly depth: number }[] = [{ pointer: start, depth: 0 }];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      const { pointer, depth } = next;
      for (const left of path.splice(depth)) done.add(left);
      if (path.includes(pointer)) {
        for (const left of path) done.add(left);
        return [...path.slice(path.indexOf(pointer)), pointer];
      }
      if (done.has(pointer)) continue;
      path.push(pointer);
      for (const target of this.#appliedTo(pointer)) open.push({ pointer: target, depth: path.length });
    }
    for (const left of path) done.add(left);
    return undefined;
  }

  /** The places of the schemas that apply to the same value as the one at a place. */
  #appliedTo(pointer: string): readonly string[] {
    const schema = this.#schemas.get(pointer);
    if (typeof schema !== 'object') return [];
    const ref = schema['$ref'];
    const target = typeof ref === 'string' ? this.#targetOf(ref) : undefined;
    const inPlace = partsOf(schema, IN_PLACE_KEYWORDS).map(([part]) => `${pointer}/${part}`);
    return [...inPlace, ...(target === undefined ? [] : [target])];
  }

  /** The place that a reference leads to; undefined unless a schema of this document is there. */
  #targetOf(ref: string): string | undefined {
    const fragment = localFragmentOf(this.#root, ref);
    const target = fragment === undefined ? undefined : pointerOfFragment(fragment);
    return target !== undefined && this.#schemas.has(target) ? target : undefined;
  }

  *#objects(): Generator<readonly [pointer: string, schema: SchemaObject]> {
    for (const [pointer, schema] of this.#schemas) {
      if (typeof schema === 'object') yield [pointer, schema];
    }
  }
}

/** The schemas directly inside of a schema, each with its pointer relative to it. */
function partsOf(
  schema: SchemaObject,
  keywords?: ReadonlySet<string>,
): readonly (readonly [part: string, schema: boolean | SchemaObject])[] {
  return Object.entries(schema).flatMap(([keyword, value]) =>
    keywords !== undefined && !keywords.has(keyword)
      ? []
      : schemasOf(keyword, value).map(
          ([path, part]) =>
            [[keyword, ...path].map(escapePointer).join('/'), part as boolean | SchemaObject] as const,
        ),
  );
}

function keywordProblem(keyword: string, value: unknown, pointer: string): string | undefined {
  const instead = REPLACEMENTS.get(keyword);
  if (instead !== undefined) return `"${keyword}" is not supported; ${instead}`;
  // The compiler looks keywords up in an object, where it finds the members of Object.prototype.
  if (keyword in Object.prototype) return `"${keyword}" is no keyword; leave it out`;
  switch (keyword) {
    case '$id':
      return pointer === ''
        ? undefined
        : `a nested "$id" is not supported, because it changes what references mean; ${NAMED_SCHEMA}`;
    case 'items':
      return Array.isArray(value) ? 'a list of "items" is not supported; write "prefixItems"' : undefined;
    case '$schema':
      return DIALECTS.has(value)
        ? undefined
        : `"$schema": ${JSON.stringify(value)} is another dialect; write the schema in JSON Schema 2020-12, and leave "$schema" out`;
    case 'required':
      return namesUnusable(value);
    case 'dependencies':
    case 'dependentRequired':
      return isSchema(value) ? namesUnusable(Object.values(value).flat()) : undefined;
    default:
      return undefined;
  }
}

function namesUnusable(names: unknown): string | undefined {
  if (!Array.isArray(names) || !names.includes(UNUSABLE_NAME)) return undefined;
  return `a member cannot be named "${UNUSABLE_NAME}", which validators ignore; choose another name`;
}

function placeOf(pointer: string): string {
  return pointer === '' ? 'the schema' : pointer;
}
