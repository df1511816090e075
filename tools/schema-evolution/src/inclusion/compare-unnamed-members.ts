import type { Region } from '../alternatives/object-members.ts';
import type { ObjectClause } from '../alternatives/shapes.ts';
import { findStrings } from '../patterns/find-strings.ts';
import { automatonOf } from '../patterns/pattern-automaton.ts';
import { overlapOf } from '../patterns/pattern-overlap.ts';
import { intersectionOf } from '../schema/intersection.ts';
import type { JsonSchema } from '../schema/json-schema.ts';
import type { Difference } from './difference.ts';
import type { ObjectPair } from './object-pair.ts';

/** Names that are tried for members that no schema names. */
const COMMON_NAMES = ['extra', 'x', 'Another-1', '0'];
const MAX_NAMES = 6;
/** Number of strings that are searched for names that match a pattern. */
const MAX_MATCHING_NAMES = 8;

/** Compares the members that no schema names: those that match a pattern, and all others. */
export function* compareUnnamedMembers(pair: ObjectPair): Generator<Difference> {
  for (const region of pair.from.regions()) {
    if (pair.comparison.isEmpty(region.schema)) continue;
    for (const clause of pair.to.clauses) yield* compareRegion(pair, region, clause);
  }
}

function* compareRegion(pair: ObjectPair, region: Region, clause: ObjectClause): Generator<Difference> {
  const { from } = pair;
  let isCovered = false;
  for (const [pattern, target] of clause.patterns) {
    const overlap = overlapOf(region.pattern, pattern);
    if (overlap === 'none') continue;
    if (overlap === 'inside') isCovered = true;
    // A name without a pattern on the writer's side may match the reader's pattern, unless both have the same pattern.
    if (region.pattern === undefined && from.clauses.some((own) => own.patterns.has(pattern))) continue;
    // A name that matches both patterns is bound by the schemas of both.
    const bound = from.clauses.map((own) => own.patterns.get(pattern) ?? true);
    const value = intersectionOf(region.schema, ...bound);
    yield* pair.compareValues(newNames(pair, region.pattern, pattern), value, target);
  }
  if (!isCovered && !isCoveredByNames(pair, region, clause)) yield* compareAdditional(pair, region, clause);
  yield* compareNames(pair, region, clause);
}

function* compareAdditional(pair: ObjectPair, region: Region, clause: ObjectClause): Generator<Difference> {
  const names = newNames(pair, region.pattern);
  if (!pair.comparison.isEmpty(clause.additional)) {
    yield* pair.compareValues(names, region.schema, clause.additional);
    return;
  }
  yield {
    kind: 'closed',
    pointer: pair.pointerOf(clause, 'additionalProperties'),
    message: 'no longer accepts members that it does not name',
    candidates: () => pair.objectsWith(names, pair.values(region.schema)),
  };
}

function* compareNames(pair: ObjectPair, region: Region, clause: ObjectClause): Generator<Difference> {
  if (clause.names === true) return;
  const { comparison, depth } = pair;
  for (const difference of comparison.compare(namesOf(pair, region), clause.names, depth + 1)) {
    yield {
      kind: 'member-names',
      pointer: pair.pointerOf(clause, 'propertyNames'),
      message: `a member’s name ${difference.message}`,
      candidates: () => {
        const [value] = pair.values(region.schema);
        return difference.candidates().flatMap((name) => pair.objects({ [String(name)]: value }));
      },
    };
  }
}

/** Whether each name of a region is sure to be one that a clause names, or to match one of its patterns. */
function isCoveredByNames(pair: ObjectPair, region: Region, clause: ObjectClause): boolean {
  return pair.comparison.compare(namesOf(pair, region), coveredNames(clause), pair.depth + 1).length === 0;
}

/** The schema of the names that a clause names, or that match one of its patterns. */
function coveredNames(clause: ObjectClause): JsonSchema {
  const named = [...clause.properties.keys()];
  const covered: readonly JsonSchema[] = [
    ...(named.length > 0 ? [{ enum: named }] : []),
    ...[...clause.patterns.keys()].map((pattern) => ({ type: 'string', pattern })),
  ];
  return covered.length > 0 && { anyOf: covered };
}

/** The schema of the names in a region of the writer's side. */
function namesOf({ from }: ObjectPair, region: Region): JsonSchema {
  return intersectionOf(
    { type: 'string' },
    ...from.clauses.map((own) => own.names),
    ...from.clauses.flatMap((own) => (own.additional === false ? [coveredNames(own)] : [])),
    ...(region.pattern === undefined ? [] : [{ pattern: region.pattern }]),
  );
}

/** Names that match all given patterns, and that no schema names. */
function newNames(pair: ObjectPair, ...patterns: readonly (string | undefined)[]): readonly string[] {
  const automata = patterns.flatMap((pattern) => (pattern === undefined ? [] : (automatonOf(pattern) ?? [])));
  const set = { automata, minLength: 1, maxLength: Number.POSITIVE_INFINITY };
  const words = automata.length > 0 ? (findStrings(set, [], MAX_MATCHING_NAMES) ?? []) : [];
  return [...words, ...COMMON_NAMES].filter((name) => !pair.named.has(name)).slice(0, MAX_NAMES);
}
