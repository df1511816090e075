import type { Alternative, Infinite } from '../alternatives/alternatives.ts';
import { schemaOf } from '../alternatives/alternatives.ts';
import { numberLineOf } from '../alternatives/number-line.ts';
import { ObjectMembers } from '../alternatives/object-members.ts';
import { bothOf, type JsonSchema } from '../schema/json-schema.ts';
import type { SchemaComparison } from './schema-comparison.ts';

const MAX_PARTS = 24;

/**
 * Parts of an alternative that together are the whole, cut where the targets differ, so that each part may fit into one
 * target though the whole fits into none: an object by the values of a member that tells its kinds apart, a range of
 * numbers at the targets' ends.
 * @returns a single part where no cut is known
 */
export function splitAlternative(
  comparison: SchemaComparison,
  alternative: Infinite,
  targets: readonly Alternative[],
): readonly JsonSchema[] {
  const whole = schemaOf(alternative);
  if (alternative.kind === 'number') return splitNumbers(whole, targets);
  if (alternative.kind === 'object') return splitObjects(comparison, alternative, targets, whole);
  return [whole];
}

function splitNumbers(whole: JsonSchema, targets: readonly Alternative[]): readonly JsonSchema[] {
  const ends = targets.flatMap((target) => {
    if (target.kind === 'finite') return target.values.filter((value) => typeof value === 'number');
    if (target.kind !== 'number') return [];
    const { least, greatest } = numberLineOf(target.shape);
    return [least.value, greatest.value].filter(Number.isFinite);
  });
  const cuts = [...new Set(ends)].sort((a, b) => a - b).slice(0, MAX_PARTS);
  if (cuts.length === 0) return [whole];
  const between = [...cuts, undefined].map((cut, index) => ({
    type: 'number',
    ...(cuts[index - 1] !== undefined && { exclusiveMinimum: cuts[index - 1] }),
    ...(cut !== undefined && { exclusiveMaximum: cut }),
  }));
  return [...between, ...cuts.map((cut) => ({ const: cut }))].map((part) => bothOf(whole, part));
}

function splitObjects(
  comparison: SchemaComparison,
  alternative: Extract<Infinite, { kind: 'object' }>,
  targets: readonly Alternative[],
  whole: JsonSchema,
): readonly JsonSchema[] {
  const own = new ObjectMembers(comparison.space, alternative);
  const objects = targets.flatMap((target) =>
    target.kind === 'object' ? [new ObjectMembers(comparison.space, target)] : [],
  );
  for (const name of own.named) {
    const mayBeAbsent = !own.required.has(name);
    const values = fewValues(comparison, own.valueOf(name));
    const said = new Set(objects.map((target) => comparison.space.fingerprint(target.valueOf(name))));
    const asked = new Set(objects.map((target) => target.required.has(name)));
    const tellsApart = values !== undefined && values.length > 1 && said.size > 1;
    const tellsPresence = mayBeAbsent && (asked.size > 1 || said.size > 1);
    if (!tellsApart && !tellsPresence) continue;
    const present = tellsApart ? values.map((value) => ({ const: value })) : [true];
    const parts = [
      ...present.map((value) => ({ type: 'object', required: [name], properties: { [name]: value } })),
      ...(mayBeAbsent ? [{ type: 'object', properties: { [name]: false } }] : []),
    ];
    if (parts.length > 1) return parts.map((part) => bothOf(whole, part));
  }
  return [whole];
}

/** All values of a schema, where they are few. */
function fewValues(comparison: SchemaComparison, schema: JsonSchema): readonly unknown[] | undefined {
  const alternatives = comparison.alternatives(schema);
  if (!alternatives.every((one) => one.kind === 'finite')) return undefined;
  const values = alternatives.flatMap((one) => (one.kind === 'finite' ? one.values : []));
  return values.length <= MAX_PARTS ? values : undefined;
}
