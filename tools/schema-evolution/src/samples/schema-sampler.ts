import type { Alternative } from '../alternatives/alternative.ts';
import { ArrayItems } from '../alternatives/array-items.ts';
import { numberLineOf } from '../alternatives/number-line.ts';
import { ObjectMembers } from '../alternatives/object-members.ts';
import type { SchemaFacts } from '../alternatives/schema-facts.ts';
import type { JsonSchema } from '../schema/json-schema.ts';
import { UndecidableError } from '../schema/undecidable-error.ts';
import { sampleNumbers } from './sample-numbers.ts';
import { sampleStrings } from './sample-strings.ts';

/** Limits the samples of one schema. */
const MAX_SAMPLES = 12;
/** Limits values inside of values. */
const MAX_DEPTH = 6;
const MAX_ALTERNATIVE_DEPTH = 8;
/** Objects with one optional member each are made at the outer levels only. */
const MAX_SINGLE_MEMBER_DEPTH = 1;
const MAX_SINGLE_MEMBERS = 8;
/** Limits members that are added to reach `minProperties`, and items that are added for `contains`. */
const MAX_ADDED = 50;
const MAX_ARRAY_LENGTH = 2_000;

/** Makes up values of schemas. Each `depth` is the number of members and items that the values are inside of. */
export class SchemaSampler {
  readonly #facts: SchemaFacts;
  readonly #known = new Map<string, readonly unknown[]>();

  constructor(facts: SchemaFacts) {
    this.#facts = facts;
  }

  /** Up to 12 values that match a schema, of different forms; none where none are found. */
  samples(schema: JsonSchema, depth = 0): readonly unknown[] {
    if (depth > MAX_DEPTH) return [];
    const { space } = this.#facts;
    const key = `${depth} ${space.fingerprint(schema)}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    try {
      const found = this.#facts
        .alternatives(schema)
        .flatMap((one) => this.candidates(one, depth))
        .filter((value) => space.accepts(schema, value))
        .slice(0, MAX_SAMPLES);
      this.#known.set(key, found);
      return found;
    } catch (error) {
      if (error instanceof UndecidableError) return [];
      throw error;
    }
  }

  /** Values that an alternative may accept, plain ones first. The caller checks them. */
  candidates(alternative: Alternative, depth: number): readonly unknown[] {
    if (depth > MAX_ALTERNATIVE_DEPTH) return [];
    switch (alternative.kind) {
      case 'finite':
        return alternative.values;
      case 'number':
        return sampleNumbers(numberLineOf(alternative.shape));
      case 'string':
        return sampleStrings(alternative.shape);
      case 'array': {
        const items = new ArrayItems(alternative, (schema) => this.#facts.isEmpty(schema));
        return this.arrays(items, depth, { lengths: [items.minItems, items.minItems + 1, 1, 2] });
      }
      case 'object':
        return this.objects(new ObjectMembers(this.#facts.space, alternative), depth);
    }
  }

  /**
   * Arrays of the given lengths.
   * @param options.given items at fixed places
   */
  arrays(
    items: ArrayItems,
    depth: number,
    options: { readonly lengths: readonly number[]; readonly given?: ReadonlyMap<number, unknown> },
  ): readonly unknown[] {
    const { given = new Map<number, unknown>() } = options;
    const lengths = [...new Set(options.lengths)].filter(
      (length) => length >= items.minItems && length <= items.maxItems && length <= MAX_ARRAY_LENGTH,
    );
    const valuesAt = new Map<number, readonly unknown[]>();
    const choicesAt = (index: number): readonly unknown[] => {
      const place = Math.min(index, items.prefixLength);
      const known = valuesAt.get(place) ?? this.samples(items.itemAt(place), depth + 1);
      valuesAt.set(place, known);
      return known;
    };
    const contained = items.contains.flatMap(({ schema, min }) => {
      const matching = this.samples(schema, depth + 1);
      const length = Math.min(min, MAX_ADDED);
      return Array.from({ length }, (_none, index) => matching[index % matching.length]);
    });
    return lengths.flatMap((length) => {
      const array: unknown[] = [];
      for (let index = 0; index < length; index += 1) {
        const choices = choicesAt(index);
        const fallback = contained[index] ?? choices[items.unique ? index % Math.max(1, choices.length) : 0];
        const value = given.has(index) ? given.get(index) : fallback;
        if (value === undefined) return [];
        array.push(value);
      }
      return [array];
    });
  }

  /**
   * Objects with as few members as possible, and with all named ones.
   * @param options.given members that every object has
   * @param options.without the name of a member that is left out
   */
  objects(
    members: ObjectMembers,
    depth: number,
    options: { readonly given?: Readonly<Record<string, unknown>>; readonly without?: string } = {},
  ): readonly unknown[] {
    const { given = {}, without } = options;
    const build = (names: Iterable<string>): Record<string, unknown> => {
      const object: Record<string, unknown> = {};
      const wanted = new Set([...names, ...Object.keys(given)]);
      for (const name of wanted) {
        for (const other of members.requiredBeside(name)) wanted.add(other);
        if (name === without) continue;
        const [value] = name in given ? [given[name]] : this.samples(members.valueOf(name), depth + 1);
        addMember(object, name, value);
      }
      return object;
    };
    const smallest = build(members.required);
    for (
      let added = 0;
      Object.keys(smallest).length < members.minProperties && added < MAX_ADDED;
      added += 1
    ) {
      const name =
        [...members.named].find((other) => !(other in smallest) && other !== without) ?? `extra${added}`;
      const [value] = this.samples(members.valueOf(name), depth + 1);
      addMember(smallest, name, value);
    }
    const optional = [...members.named].filter((name) => !members.required.has(name));
    const single =
      depth <= MAX_SINGLE_MEMBER_DEPTH
        ? optional.slice(0, MAX_SINGLE_MEMBERS).map((name) => build([...members.required, name]))
        : [];
    const [region] = members.regions();
    const open = region === undefined ? [] : [build([...members.required, 'extra'])];
    return [smallest, build([...members.required, ...optional]), ...single, ...open];
  }
}

/** Adds a member, unless there is no value for it. An assignment to `__proto__` would add none. */
function addMember(object: Record<string, unknown>, name: string, value: unknown): void {
  if (value === undefined) return;
  Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true });
}
