import {
  canonicalJson,
  escapePointer,
  fragmentOf,
  localFragmentOf,
  pointerOfFragment,
  valueAt,
} from '@waybill/contract-kit';
import { createAjv } from '@waybill/contract-kit/compile-schema';
import type { ValidateFunction } from 'ajv/dist/2020.js';
import type { JsonSchema, SchemaObject } from './json-schema.ts';
import { KEYWORD_ROLES } from './keyword-roles.ts';
import { mapSchema } from './map-schema.ts';
import { UndecidableError } from './undecidable-error.ts';
import { WorkBudget } from './work-budget.ts';

/** One of the two compared schemas: the writer's, or the reader's. */
export type Side = 'sent' | 'read';

const PREFIX = 'waybill:';

/**
 * The two compared schemas. Answers questions about their parts: the target of a `$ref`, whether a value is accepted, the
 * part's place in its document. References become absolute, so that parts of both documents can be combined.
 */
export class SchemaSpace {
  /** The work on the two documents. */
  readonly work = new WorkBudget();
  readonly #roots = new Map<string, JsonSchema>();
  readonly #pointers = new WeakMap<object, string>();
  readonly #originalKeywords = new WeakMap<object, string>();
  readonly #ownParts = new WeakMap<object, SchemaObject>();
  readonly #fingerprints = new WeakMap<object, string>();
  readonly #validatorOf = new WeakMap<object, ValidateFunction>();
  readonly #validators = new Map<string, ValidateFunction>();
  // Not strict: parts of a schema lack keywords that ajv's strict mode requires beside them.
  readonly #ajv = createAjv({
    strict: false,
    validateSchema: false,
    allErrors: false,
    // Most validators check a few values only.
    code: { optimize: false },
  });

  /**
   * Adds one of the two documents.
   * @returns the document with absolute references and without annotations
   * @throws {UndecidableError} if it refers to anything outside itself, or changes its base
   */
  add(side: Side, document: JsonSchema): JsonSchema {
    const root = mapSchema(document, (copy, pointer) => {
      if (pointer !== '' && copy['$id'] !== undefined) throw new UndecidableError('it holds a nested $id');
      const kept: Record<string, unknown> = {};
      for (const [keyword, value] of Object.entries(copy)) {
        if (KEYWORD_ROLES.get(keyword) === 'annotation') continue;
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
      const fragment = localFragmentOf(document, ref);
      if (fragment === undefined) throw new UndecidableError(`its $ref "${ref}" leads outside`);
      const pointer = pointerOfFragment(fragment);
      if (pointer === undefined) throw new UndecidableError(`its $ref "${ref}" is not a URI`);
      return `${PREFIX}${side}#${fragmentOf(pointer)}`;
    }
  }

  /**
   * The target of an absolute `$ref`.
   * @throws {UndecidableError} if there is no such schema
   */
  resolve(ref: string): JsonSchema {
    const [id = '', fragment = ''] = ref.split('#');
    const here = valueAt(this.#roots.get(id), pointerOfFragment(fragment) ?? '');
    if (typeof here !== 'object' && typeof here !== 'boolean') {
      throw new UndecidableError(`its $ref "${ref.slice(ref.indexOf('#'))}" leads to nothing`);
    }
    return here as JsonSchema;
  }

  /** The JSON pointer of a part of one of the documents, or undefined for a schema that was combined from parts. */
  pointerOf(schema: JsonSchema): string | undefined {
    return typeof schema === 'object' ? this.#pointers.get(schema) : undefined;
  }

  /**
   * Gives a schema that was made from another one the other's place.
   * @param keyword the keyword that it stands for
   * @returns the given schema
   */
  derive(original: SchemaObject, derived: SchemaObject, keyword: string): SchemaObject {
    const pointer = this.#pointers.get(original);
    if (pointer !== undefined) this.#pointers.set(derived, pointer);
    this.#originalKeywords.set(derived, keyword);
    return derived;
  }

  /** The pointer of a schema's keyword, or of the one that it stands for. */
  pointerOfKeyword(schema: SchemaObject, keyword: string): string {
    const original = this.#originalKeywords.get(schema) ?? keyword;
    return `${this.#pointers.get(schema) ?? ''}/${escapePointer(original)}`;
  }

  /** A schema with its conditions only: without references, unions, `if` and the like. */
  withoutApplicators(schema: SchemaObject): SchemaObject {
    const known = this.#ownParts.get(schema);
    if (known !== undefined) return known;
    const isCondition = (keyword: string): boolean => KEYWORD_ROLES.get(keyword) === 'condition';
    const own = Object.fromEntries(Object.entries(schema).filter(([keyword]) => isCondition(keyword)));
    const pointer = this.#pointers.get(schema);
    if (pointer !== undefined) this.#pointers.set(own, pointer);
    const original = this.#originalKeywords.get(schema);
    if (original !== undefined) this.#originalKeywords.set(own, original);
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
