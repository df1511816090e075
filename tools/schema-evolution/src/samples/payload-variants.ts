import type { ArrayAlternative, ObjectAlternative, StringAlternative } from '../alternatives/alternative.ts';
import { ArrayItems } from '../alternatives/array-items.ts';
import { ObjectMembers } from '../alternatives/object-members.ts';
import type { SchemaFacts } from '../alternatives/schema-facts.ts';
import type { JsonSchema } from '../schema/json-schema.ts';
import { UndecidableError } from '../schema/undecidable-error.ts';
import { longestString } from './longest-string.ts';
import type { SchemaSampler } from './schema-sampler.ts';

/** Limits values inside of values. */
const MAX_DEPTH = 8;
/** Limits the variants of one number or string, enumerations apart. */
const MAX_SCALARS = 6;
const MAX_ARRAY_LENGTH = 100;

/** Makes variants of a payload: each differs from it in one place. */
export class PayloadVariants {
  readonly #facts: SchemaFacts;
  readonly #sampler: SchemaSampler;

  constructor(facts: SchemaFacts, sampler: SchemaSampler) {
    this.#facts = facts;
    this.#sampler = sampler;
  }

  /**
   * The variants of a value: with each value of an enumeration, the shortest and the longest string, the smallest and the
   * largest number, with and without each optional member, and with the fewest and the most items. The caller checks them.
   */
  *of(schema: JsonSchema, value: unknown, depth = 0): Generator<unknown> {
    if (depth > MAX_DEPTH) return;
    for (const alternative of this.#alternatives(schema)) {
      switch (alternative.kind) {
        case 'finite':
          yield* alternative.values;
          break;
        case 'number':
          yield* extremes(this.#accepted(schema, this.#sampler.candidates(alternative, depth)), Number);
          break;
        case 'string':
          yield* this.#strings(schema, alternative, depth);
          break;
        case 'array':
          yield* this.#ofArray(alternative, value, depth);
          break;
        case 'object':
          yield* this.#ofObject(alternative, value, depth);
          break;
      }
    }
  }

  #alternatives(schema: JsonSchema): ReturnType<SchemaFacts['alternatives']> {
    try {
      return this.#facts.alternatives(schema);
    } catch (error) {
      if (error instanceof UndecidableError) return [];
      throw error;
    }
  }

  #accepted(schema: JsonSchema, values: readonly unknown[]): unknown[] {
    return values.filter((value) => this.#facts.space.accepts(schema, value));
  }

  *#strings(schema: JsonSchema, alternative: StringAlternative, depth: number): Generator<unknown> {
    const longest = longestString(alternative.shape);
    const candidates = this.#sampler.candidates(alternative, depth);
    yield* extremes(
      this.#accepted(schema, longest === undefined ? candidates : [...candidates, longest]),
      (value) => String(value).length,
    );
  }

  *#ofArray(alternative: ArrayAlternative, value: unknown, depth: number): Generator<unknown> {
    const items = new ArrayItems(alternative, (schema) => this.#facts.isEmpty(schema));
    const longest = Math.min(items.maxItems, Math.max(items.minItems + 2, MAX_ARRAY_LENGTH));
    const shortest = Math.max(items.minItems, 1, Math.min(items.prefixLength + 1, items.maxItems));
    yield* this.#sampler.arrays(items, depth, { lengths: [items.minItems, items.minItems + 1, longest] });
    const [made] = this.#sampler.arrays(items, depth, { lengths: [shortest] });
    const base = Array.isArray(value) && value.length > 0 ? value : (made as unknown[] | undefined);
    if (base === undefined) return;
    // The items after the prefix have one schema: the first of them stands for all.
    for (let index = 0; index < Math.min(base.length, items.prefixLength + 1); index += 1) {
      for (const item of this.of(items.itemAt(index), base[index], depth + 1)) {
        yield base.with(index, item);
      }
    }
  }

  *#ofObject(alternative: ObjectAlternative, value: unknown, depth: number): Generator<unknown> {
    const members = new ObjectMembers(this.#facts.space, alternative);
    const made = this.#sampler.objects(members, depth);
    yield* made;
    // The second has all named members.
    const base = isObject(value) ? value : made[1];
    if (!isObject(base)) return;
    for (const name of members.named) {
      const isPresent = Object.hasOwn(base, name);
      const own = isPresent ? base[name] : undefined;
      if (isPresent && !members.required.has(name)) yield without(base, name);
      for (const member of this.of(members.valueOf(name), own, depth + 1)) {
        yield withMember(base, name, member);
      }
    }
    for (const { schema } of members.regions()) {
      for (const member of this.of(schema, undefined, depth + 1)) yield withMember(base, 'extra', member);
    }
  }
}

/** The smallest, the largest and a few other values, by a measure. */
function extremes(values: readonly unknown[], measure: (value: unknown) => number): unknown[] {
  const sorted = values.toSorted((one, other) => measure(one) - measure(other));
  return [...new Set([...sorted.slice(0, 1), ...sorted.slice(-1), ...values.slice(0, MAX_SCALARS)])];
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

function without(object: object, name: string): object {
  return Object.fromEntries(Object.entries(object).filter(([other]) => other !== name));
}

/** A copy with a member. A spread would take a member named `__proto__` for something else. */
function withMember(object: object, name: string, value: unknown): object {
  return Object.fromEntries([...Object.entries(object).filter(([other]) => other !== name), [name, value]]);
}
