import type { Alternative } from '../alternatives/alternatives.ts';
import { ArrayItems } from '../alternatives/array-items.ts';
import { numberLineOf, sampleNumbers } from '../alternatives/number-line.ts';
import { ObjectMembers } from '../alternatives/object-members.ts';
import { sampleStrings } from '../alternatives/string-sets.ts';
import type { SchemaComparison } from '../inclusion/schema-comparison.ts';

const MAX_ARRAY_LENGTH = 2_000;

/** Values that an alternative may accept, plain ones first; each is still to be tried. */
export function sampleAlternative(
  comparison: SchemaComparison,
  alternative: Alternative,
  depth: number,
): readonly unknown[] {
  if (depth > 8) return [];
  switch (alternative.kind) {
    case 'finite':
      return alternative.values;
    case 'number':
      return sampleNumbers(numberLineOf(alternative.shape));
    case 'string':
      return sampleStrings(alternative.shape);
    case 'array': {
      const items = new ArrayItems(alternative, (schema) => comparison.isEmpty(schema));
      return sampleArrays(comparison, items, depth, [items.minItems, items.minItems + 1, 1, 2]);
    }
    case 'object':
      return sampleObjects(comparison, new ObjectMembers(comparison.space, alternative), depth);
  }
}

/**
 * Arrays of the given lengths.
 * @param given items that are to be at their places
 */
export function sampleArrays(
  comparison: SchemaComparison,
  items: ArrayItems,
  depth: number,
  lengths: readonly number[],
  given: ReadonlyMap<number, unknown> = new Map(),
): readonly unknown[] {
  const wanted = [...new Set(lengths)].filter(
    (length) => length >= items.minItems && length <= items.maxItems && length <= MAX_ARRAY_LENGTH,
  );
  const valuesAt = new Map<number, readonly unknown[]>();
  const choicesAt = (index: number): readonly unknown[] => {
    const place = Math.min(index, items.prefixLength);
    const known = valuesAt.get(place) ?? comparison.samples(items.itemAt(place), depth + 1);
    valuesAt.set(place, known);
    return known;
  };
  const wantedItems = items.contains.flatMap(({ schema, least }) => {
    const matching = comparison.samples(schema, depth + 1);
    return Array.from({ length: Math.min(least, 50) }, (_none, index) => matching[index % matching.length]);
  });
  return wanted.flatMap((length) => {
    const array: unknown[] = [];
    for (let index = 0; index < length; index += 1) {
      const choices = choicesAt(index);
      const fallback = wantedItems[index] ?? choices[items.unique ? index % Math.max(1, choices.length) : 0];
      const value = given.has(index) ? given.get(index) : fallback;
      if (value === undefined) return [];
      array.push(value);
    }
    return [array];
  });
}

/**
 * Objects with as few members as possible, and with all that have names.
 * @param given members that are to be there
 * @param without a member that is to be left out
 */
export function sampleObjects(
  comparison: SchemaComparison,
  members: ObjectMembers,
  depth: number,
  given: Readonly<Record<string, unknown>> = {},
  without?: string,
): readonly unknown[] {
  const build = (names: Iterable<string>): Record<string, unknown> => {
    const object: Record<string, unknown> = {};
    const wanted = new Set([...names, ...Object.keys(given)]);
    for (const name of wanted) {
      for (const other of members.broughtBy(name)) wanted.add(other);
      if (name === without) continue;
      const [value] = name in given ? [given[name]] : comparison.samples(members.valueOf(name), depth + 1);
      // Not by assignment, which `__proto__` would turn into something else.
      if (value !== undefined) Object.defineProperty(object, name, member(value));
    }
    return object;
  };
  const least = build(members.required);
  for (let extra = 0; Object.keys(least).length < members.minProperties && extra < 50; extra += 1) {
    const name =
      [...members.named].find((other) => !(other in least) && other !== without) ?? `extra${extra}`;
    const [value] = comparison.samples(members.valueOf(name), depth + 1);
    if (value !== undefined) Object.defineProperty(least, name, member(value));
  }
  const optional = [...members.named].filter((name) => !members.required.has(name));
  const single = depth < 2 ? optional.slice(0, 8).map((name) => build([...members.required, name])) : [];
  const [region] = members.regions();
  const open = region === undefined ? [] : [build([...members.required, 'extra'])];
  return [least, build([...members.required, ...optional]), ...single, ...open];
}

function member(value: unknown): PropertyDescriptor {
  return { value, enumerable: true, configurable: true, writable: true };
}
