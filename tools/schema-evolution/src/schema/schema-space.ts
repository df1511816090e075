import { canonicalJson, valueAt } from '@waybill/contract-kit';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { JsonSchema, SchemaObject } from './json-schema.ts';
import { mapSchema } from './map-schema.ts';
import { UndecidableError } from './undecidable-error.ts';

/** One of the two compared schemas: the writer's, or the reader's. */
export type Side = 'sent' | 'read';

/** Keywords that do not decide which values are accepted. */
const ANNOTATIONS: ReadonlySet<string> = new Set([
  '$comment',
  '$schema',
  'contentEncoding',
  'contentMediaType',
  'contentSchema',
  'default',
  'deprecated',
  'description',
  'examples',
  'readOnly',
  'title',
  'writeOnly',
]);

/** Keywords that apply other schemas to the same value, or have no effect by themselves. */
const APPLICATORS = new Set([
  '$defs',
  '$ref',
  'allOf',
  'anyOf',
  'definitions',
  'else',
  'if',
  'not',
  'oneOf',
  'then',
  // These depend on the schemas beside them: without those they mean something else.
  'dependencies',
  'dependentSchemas',
  'unevaluatedItems',
  'unevaluatedProperties',
]);

const PREFIX = 'waybill:';

/**
 * The two compared schemas. Answers questions about their parts: the target of a `$ref`, whether a value is accepted, the
 * part's place in its document. References become absolute, so that parts of both documents can be combined.
 */
export class SchemaSpace {
  readonly #roots = new Map<string, JsonSchema>();
  readonly #pointers = new WeakMap<object, string>();
  readonly #ownParts = new WeakMap<object, SchemaObject>();
  readonly #fingerprints = new WeakMap<object, string>();
  readonly #validatorOf = new WeakMap<object, ValidateFunction>();
  readonly #validators = new Map<string, ValidateFunction>();
  // Not strict: parts of a schema lack keywords that ajv's strict mode requires beside them.
  readonly #ajv = new Ajv2020({ strict: false, logger: false, validateSchema: false });

  constructor() {
    addFormats.default(this.#ajv);
  }

  /**
   * Adds one of the two documents.
   * @returns the document with absolute references and without annotations
   * @throws {UndecidableError} if it refers to anything outside itself, or changes its base
   */
  add(side: Side, document: JsonSchema): JsonSchema {
    const own = typeof document === 'object' ? document['$id'] : undefined;
    const anchors = anchorsOf(document);
    const root = mapSchema(document, (copy, pointer) => {
      if (pointer !== '' && copy['$id'] !== undefined) throw new UndecidableError('it holds a nested $id');
      const kept: Record<string, unknown> = {};
      for (const [keyword, value] of Object.entries(copy)) {
        if (ANNOTATIONS.has(keyword) || keyword === '$id' || keyword === '$anchor') continue;
        kept[keyword] = keyword === '$ref' ? absolute(String(value)) : value;
      }
      this.#pointers.set(kept, pointer);
      return kept;
    });
    const id = `${PREFIX}${side}`;
    this.#roots.set(id, root);
    this.#ajv.addSchema(root, id);
    return root;

    function absolute(ref: string): string {
      const local = typeof own === 'string' && ref.startsWith(`${own}#`) ? ref.slice(own.length) : ref;
      if (!local.startsWith('#')) throw new UndecidableError(`its $ref "${ref}" leads outside`);
      const anchor = anchors.get(local.slice(1));
      return `${PREFIX}${side}#${anchor ?? local.slice(1)}`;
    }
  }

  /**
   * The target of an absolute `$ref`.
   * @throws {UndecidableError} if there is no such schema
   */
  resolve(ref: string): JsonSchema {
    const [id = '', pointer = ''] = ref.split('#');
    const here = valueAt(this.#roots.get(id), decodeURIComponent(pointer));
    if (typeof here !== 'object' && typeof here !== 'boolean') {
      throw new UndecidableError(`its $ref "${ref.slice(ref.indexOf('#'))}" leads to nothing`);
    }
    return here as JsonSchema;
  }

  /** The JSON pointer of a part of one of the documents, or undefined for a schema that was combined from parts. */
  pointerOf(schema: JsonSchema): string | undefined {
    return typeof schema === 'object' ? this.#pointers.get(schema) : undefined;
  }

  /** A schema's own keywords, without references, unions, conditions and the like. */
  withoutApplicators(schema: SchemaObject): SchemaObject {
    const known = this.#ownParts.get(schema);
    if (known !== undefined) return known;
    const own = Object.fromEntries(Object.entries(schema).filter(([keyword]) => !APPLICATORS.has(keyword)));
    const pointer = this.#pointers.get(schema);
    if (pointer !== undefined) this.#pointers.set(own, pointer);
    this.#ownParts.set(schema, own);
    return own;
  }

  /** A text that is equal for two schemas with the same content, references followed. */
  fingerprint(schema: JsonSchema): string {
    if (typeof schema === 'boolean') return String(schema);
    const known = this.#fingerprints.get(schema);
    if (known !== undefined) return known;
    const text = canonicalJson(this.#unfolded(schema, []));
    this.#fingerprints.set(schema, text);
    return text;
  }

  /** Whether ajv accepts a value. */
  accepts(schema: JsonSchema, value: unknown): boolean {
    if (typeof schema === 'boolean') return schema;
    let validate = this.#validatorOf.get(schema);
    if (validate === undefined) {
      // Equal schemas are often combined anew, and ajv needs milliseconds to compile one.
      const key = canonicalJson(schema);
      validate = this.#validators.get(key) ?? this.#ajv.compile(schema);
      this.#validators.set(key, validate);
      this.#validatorOf.set(schema, validate);
    }
    return validate(value) as boolean;
  }

  #unfolded(schema: JsonSchema, refs: readonly string[]): unknown {
    return mapSchema(schema, (copy) => {
      const { $defs: _defs, definitions: _definitions, ...rest } = copy;
      const ref = copy['$ref'];
      if (typeof ref !== 'string') return rest;
      const seen = refs.indexOf(ref);
      const target =
        seen >= 0 ? { $again: refs.length - seen } : this.#unfolded(this.resolve(ref), [...refs, ref]);
      return { ...rest, $ref: target };
    });
  }
}

function anchorsOf(document: JsonSchema): ReadonlyMap<string, string> {
  const anchors = new Map<string, string>();
  mapSchema(document, (copy: SchemaObject, pointer) => {
    if (typeof copy['$anchor'] === 'string') anchors.set(copy['$anchor'], pointer);
    return copy;
  });
  return anchors;
}
