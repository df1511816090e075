import { escapePointer } from '@waybill/contract-kit';
import type { ObjectAlternative } from '../alternatives/alternative.ts';
import type { ObjectClause } from '../alternatives/shapes.ts';
import { compareUnnamedMembers } from './compare-unnamed-members.ts';
import type { Difference } from './difference.ts';
import type { InnerComparison } from './inner-comparison.ts';
import { ObjectPair } from './object-pair.ts';

/** Limits the members of a sample that shows a broken `maxProperties`. */
const MAX_EXTRA_MEMBERS = 50;

/** Compares two alternatives for objects. */
export function compareObjects(
  comparison: InnerComparison,
  sent: ObjectAlternative,
  read: ObjectAlternative,
  depth: number,
): readonly Difference[] {
  const pair = new ObjectPair(comparison, sent, read, depth);
  return [
    ...pair.to.clauses.flatMap((clause) => [
      ...compareRequired(pair, clause),
      ...compareDependentRequired(pair, clause),
      ...compareMemberCount(pair, clause),
    ]),
    ...compareNamedMembers(pair),
    ...compareUnnamedMembers(pair),
  ];
}

function* compareRequired(pair: ObjectPair, clause: ObjectClause): Generator<Difference> {
  for (const name of clause.required) {
    if (pair.from.required.has(name)) continue;
    yield {
      kind: 'required',
      pointer: `${pair.pointerOf(clause)}/required`,
      message: `requires "${name}"`,
      candidates: () => pair.objects({}, name),
    };
  }
}

function* compareDependentRequired(pair: ObjectPair, clause: ObjectClause): Generator<Difference> {
  const { from } = pair;
  for (const [name, others] of clause.dependentRequired) {
    if (!pair.canHave(name)) continue;
    for (const other of others) {
      if (from.required.has(other) || from.requiredBeside(name).includes(other)) continue;
      yield {
        kind: 'required',
        pointer: `${pair.pointerOf(clause)}/dependentRequired`,
        message: `requires "${other}" beside "${name}"`,
        candidates: () =>
          pair.values(from.valueOf(name)).flatMap((value) => pair.objects({ [name]: value }, other)),
      };
    }
  }
}

function* compareMemberCount(pair: ObjectPair, clause: ObjectClause): Generator<Difference> {
  const { from } = pair;
  const { minProperties, maxProperties } = clause;
  if (minProperties > Math.max(from.minProperties, from.required.size)) {
    yield {
      kind: 'member-count',
      pointer: `${pair.pointerOf(clause)}/minProperties`,
      message: `must have at least ${minProperties} members`,
      candidates: () => pair.objects(),
    };
  }
  if (maxProperties < maxMembers(pair)) {
    yield {
      kind: 'member-count',
      pointer: `${pair.pointerOf(clause)}/maxProperties`,
      message: `must have at most ${maxProperties} members`,
      candidates: () => [...pair.objects(), ...pair.objects(filledMembers(pair, maxProperties + 1))],
    };
  }
}

/** The maximum number of members of an object on the writer's side. */
function maxMembers(pair: ObjectPair): number {
  const { from } = pair;
  if (from.regions().length > 0) return from.maxProperties;
  const possible = [...from.named].filter((name) => pair.canHave(name));
  return Math.min(from.maxProperties, possible.length);
}

/** So many members, or as many as the writer's side allows. */
function filledMembers(pair: ObjectPair, count: number): Record<string, unknown> {
  const { from } = pair;
  const [region] = from.regions();
  const length = region === undefined ? 0 : Math.min(count, MAX_EXTRA_MEMBERS);
  const extra = Array.from({ length }, (_none, index) => `extra${index}`);
  const names = [...from.named, ...extra].slice(0, count);
  return Object.fromEntries(
    names.flatMap((name) => {
      const [value] = pair.values(from.valueOf(name));
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

function* compareNamedMembers(pair: ObjectPair): Generator<Difference> {
  const { comparison, from, to } = pair;
  for (const name of pair.named) {
    if (!pair.canHave(name)) continue;
    const value = from.valueOf(name);
    for (const clause of to.clauses) {
      const target = to.valueIn(clause, name);
      if (!comparison.isEmpty(target)) {
        yield* pair.compareValues([name], value, target);
        continue;
      }
      yield {
        kind: 'closed',
        pointer: `${pair.pointerOf(clause)}/${closingKeyword(pair, clause, name)}`,
        message: `no longer accepts a member "${name}"`,
        candidates: () => pair.objectsWith([name], pair.values(value)),
      };
    }
  }
}

/** The keyword by which a clause allows no member of that name. */
function closingKeyword({ comparison }: ObjectPair, clause: ObjectClause, name: string): string {
  if (clause.properties.has(name)) return `properties/${escapePointer(name)}`;
  return comparison.space.accepts(clause.names, name) ? 'additionalProperties' : 'propertyNames';
}
