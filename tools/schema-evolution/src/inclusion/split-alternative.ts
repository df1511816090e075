import {
  type Alternative,
  type ObjectAlternative,
  type ShapedAlternative,
  schemaOf,
} from '../alternatives/alternative.ts';
import { numberLineOf } from '../alternatives/number-line.ts';
import { ObjectMembers } from '../alternatives/object-members.ts';
import type { SchemaFacts } from '../alternatives/schema-facts.ts';
import { intersectionOf } from '../schema/intersection.ts';
import type { JsonSchema } from '../schema/json-schema.ts';

const MAX_PARTS = 24;

/**
 * Splits an alternative where the targets differ. Each part may fit into one target though the whole fits into none. An
 * object is split by the values of a member, a range of numbers at the targets' bounds.
 * @returns parts that together are the whole; a single one if no split is known
 */
export function splitAlternative(
  facts: SchemaFacts,
  alternative: ShapedAlternative,
  targets: readonly Alternative[],
): readonly JsonSchema[] {
  if (alternative.kind === 'number') return splitNumbers(schemaOf(alternative), targets);
  if (alternative.kind === 'object') return splitObjects(facts, alternative, targets);
  return [schemaOf(alternative)];
}

function splitNumbers(whole: JsonSchema, targets: readonly Alternative[]): readonly JsonSchema[] {
  const bounds = targets.flatMap((target) => {
    if (target.kind === 'finite') return target.values.filter((value) => typeof value === 'number');
    if (target.kind !== 'number') return [];
    const { lower, upper } = numberLineOf(target.shape);
    return [lower.value, upper.value].filter(Number.isFinite);
  });
  const cuts = [...new Set(bounds)].sort((a, b) => a - b).slice(0, MAX_PARTS);
  if (cuts.length === 0) return [whole];
  const between = [...cuts, undefined].map((cut, index) => ({
    type: 'number',
    ...(cuts[index - 1] !== undefined && { exclusiveMinimum: cuts[index - 1] }),
    ...(cut !== undefined && { exclusiveMaximum: cut }),
  }));
  return [...between, ...cuts.map((cut) => ({ const: cut }))].map((part) => intersectionOf(whole, part));
}

function splitObjects(
  facts: SchemaFacts,
  alternative: ObjectAlternative,
  targets: readonly Alternative[],
): readonly JsonSchema[] {
  const { space } = facts;
  const whole = schemaOf(alternative);
  const own = new ObjectMembers(space, alternative);
  const objects = targets.flatMap((target) =>
    target.kind === 'object' ? [new ObjectMembers(space, target)] : [],
  );
  for (const name of own.named) {
    const mayBeAbsent = !own.required.has(name);
    const values = fewValues(facts, own.valueOf(name));
    const targetSchemas = new Set(objects.map((target) => space.fingerprint(target.valueOf(name))));
    const targetPresence = new Set(objects.map((target) => target.required.has(name)));
    const differByValue = values !== undefined && values.length > 1 && targetSchemas.size > 1;
    const differByPresence = mayBeAbsent && (targetPresence.size > 1 || targetSchemas.size > 1);
    if (!differByValue && !differByPresence) continue;
    const present = differByValue ? values.map((value) => ({ const: value })) : [true];
    const parts = [
      ...present.map((value) => ({ type: 'object', required: [name], properties: { [name]: value } })),
      ...(mayBeAbsent ? [{ type: 'object', properties: { [name]: false } }] : []),
    ];
    if (parts.length > 1) return parts.map((part) => intersectionOf(whole, part));
  }
  return [whole];
}

/** All values of a schema, if there are only a few. */
function fewValues(facts: SchemaFacts, schema: JsonSchema): readonly unknown[] | undefined {
  const alternatives = facts.alternatives(schema);
  if (!alternatives.every((one) => one.kind === 'finite')) return undefined;
  const values = alternatives.flatMap((one) => one.values);
  return values.length <= MAX_PARTS ? values : undefined;
}
