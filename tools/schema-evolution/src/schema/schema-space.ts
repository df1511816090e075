import { canonicalJson } from '@waybill/contract-kit';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import {
  ANNOTATIONS,
  type JsonSchema,
  mapSchema,
  type SchemaObject,
  UndecidableError,
} from './json-schema.ts';

/** Which of the two schemas that are compared: the one that payloads are sent by, or the one they are read by. */
export type Side = 'sent' | 'read';

/** Keywords that bring other schemas in for the same value, or say nothing by themselves. */
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
  // These depend on the schemas beside them: a part without those would say something else.
  'dependencies',
  'dependentSchemas',
  'unevaluatedItems',
  'unevaluatedProperties',
]);

const PREFIX = 'waybill:';

/**
 * Two schemas that are compared, and what is asked about parts of them: where a `$ref` leads, whether a value is accepted,
 * where in its document a part stands. References are made absolute, so that parts of both can be put together.
 */
export class SchemaSpace {
  readonly #roots = new Map<string, JsonSchema>();
  readonly #pointers = new WeakMap<object, string>();
  readonly #ownParts = new WeakMap<object, SchemaObject>();
  readonly #fingerprints = new WeakMap<object, string>();
  readonly #validatorOf = new WeakMap<object, ValidateFunction>();
  readonly #validators = new Map<string, ValidateFunction>();
  // Parts of a schema lack what ajv's strict mode wants to see beside them. The whole is judged by the strict one.
  readonly #ajv = new Ajv2020({ strict: false, logger: false, validateSchema: false });

  constructor() {
    addFormats.default(this.#ajv);
  }

  /**
   * Takes in one of the two documents.
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

  /** @throws {UndecidableError} if a `$ref` leads to nothing */
  resolve(ref: string): JsonSchema {
    const [id = '', pointer = ''] = ref.split('#');
    let here: unknown = this.#roots.get(id);
    for (const part of decodeURIComponent(pointer).split('/').slice(1)) {
      here = (here as Record<string, unknown> | undefined)?.[
        part.replaceAll('~1', '/').replaceAll('~0', '~')
      ];
    }
    if (typeof here !== 'object' && typeof here !== 'boolean') {
      throw new UndecidableError(`its $ref "${ref.slice(ref.indexOf('#'))}" leads to nothing`);
    }
    return here as JsonSchema;
  }

  /** The JSON pointer of a part of one of the documents, or undefined for what was put together since. */
  pointerOf(schema: JsonSchema): string | undefined {
    return typeof schema === 'object' ? this.#pointers.get(schema) : undefined;
  }

  /** A schema's own keywords only: without references, unions, conditions and the like. */
  withoutApplicators(schema: SchemaObject): SchemaObject {
    const known = this.#ownParts.get(schema);
    if (known !== undefined) return known;
    const own = Object.fromEntries(Object.entries(schema).filter(([keyword]) => !APPLICATORS.has(keyword)));
    const pointer = this.#pointers.get(schema);
    if (pointer !== undefined) this.#pointers.set(own, pointer);
    this.#ownParts.set(schema, own);
    return own;
  }

  /** The same text for two schemas that are written alike, references followed. Alike means: no difference at all. */
  fingerprint(schema: JsonSchema): string {
    if (typeof schema === 'boolean') return String(schema);
    const known = this.#fingerprints.get(schema);
    if (known !== undefined) return known;
    const text = canonicalJson(this.#unfolded(schema, []));
    this.#fingerprints.set(schema, text);
    return text;
  }

  /** Whether a value matches, by ajv's judgement. */
  accepts(schema: JsonSchema, value: unknown): boolean {
    if (typeof schema === 'boolean') return schema;
    let validate = this.#validatorOf.get(schema);
    if (validate === undefined) {
      // Equal parts are often put together anew, and to compile one takes milliseconds.
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
