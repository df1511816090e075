import { type ObjectAlternative, ObjectMembers, type Region } from '../alternatives/object-members.ts';
import type { ObjectClause } from '../alternatives/shapes.ts';
import { findStrings } from '../patterns/find-strings.ts';
import { automatonOf } from '../patterns/pattern-automaton.ts';
import { overlapOf } from '../patterns/pattern-overlap.ts';
import { sampleObjects } from '../samples/schema-sampler.ts';
import { bothOf, escapePointer, type JsonSchema } from '../schema/json-schema.ts';
import type { Difference, DifferenceKind } from './difference.ts';
import type { SchemaComparison } from './schema-comparison.ts';

/** What objects the first accepts that the second may not. */
export function compareObjects(
  comparison: SchemaComparison,
  sent: ObjectAlternative,
  read: ObjectAlternative,
  depth: number,
): readonly Difference[] {
  const { space } = comparison;
  const from = new ObjectMembers(space, sent);
  const to = new ObjectMembers(space, read);
  const differences: Difference[] = [];
  const samples = (members: Record<string, unknown> = {}, without?: string): readonly unknown[] =>
    sampleObjects(comparison, from, depth, members, without);
  const canBe = (name: string): boolean => !comparison.isEmpty(from.valueOf(name));
  const report = (
    kind: DifferenceKind,
    pointer: string,
    message: string,
    candidates: () => readonly unknown[],
  ): void => {
    differences.push({ kind, pointer, message, candidates });
  };
  /** A member's value is compared; what shows the difference is put into whole objects, under one of the names. */
  const compareMember = (
    names: readonly string[],
    value: JsonSchema,
    target: JsonSchema,
  ): readonly Difference[] =>
    comparison.compare(value, target, depth + 1).map((difference) => ({
      ...difference,
      candidates: () =>
        difference
          .candidates()
          .flatMap((candidate) => names.flatMap((name) => samples({ [name]: candidate }))),
    }));

  for (const clause of to.clauses) {
    const at = space.pointerOf(clause.source) ?? '';
    for (const name of clause.required) {
      if (from.required.has(name)) continue;
      report('required', `${at}/required`, `requires "${name}"`, () => samples({}, name));
    }
    for (const [name, others] of clause.dependentRequired) {
      if (!canBe(name)) continue;
      for (const other of others) {
        if (from.required.has(other) || from.broughtBy(name).includes(other)) continue;
        report('required', `${at}/dependentRequired`, `requires "${other}" beside "${name}"`, () =>
          comparison
            .samples(from.valueOf(name), depth + 1)
            .flatMap((value) => samples({ [name]: value }, other)),
        );
      }
    }
    if (clause.minProperties > Math.max(from.minProperties, from.required.size)) {
      report(
        'member-count',
        `${at}/minProperties`,
        `must have at least ${clause.minProperties} members`,
        samples,
      );
    }
    if (clause.maxProperties < mostMembers(from, canBe)) {
      report(
        'member-count',
        `${at}/maxProperties`,
        `must have at most ${clause.maxProperties} members`,
        () => [...samples(), ...samples(filled(comparison, from, depth, clause.maxProperties + 1))],
      );
    }
  }

  const named = new Set([...from.named, ...to.named]);
  for (const name of named) {
    const value = from.valueOf(name);
    if (comparison.isEmpty(value)) continue;
    for (const clause of to.clauses) {
      const target = to.valueIn(clause, name);
      if (!comparison.isEmpty(target)) {
        differences.push(...compareMember([name], value, target));
        continue;
      }
      const at = space.pointerOf(clause.source) ?? '';
      const keyword = clause.properties.has(name)
        ? `properties/${escapePointer(name)}`
        : space.accepts(clause.names, name)
          ? 'additionalProperties'
          : 'propertyNames';
      const candidates = (): readonly unknown[] =>
        comparison.samples(value, depth + 1).flatMap((candidate) => samples({ [name]: candidate }));
      report('closed', `${at}/${keyword}`, `no longer accepts a member "${name}"`, candidates);
    }
  }

  for (const region of from.regions()) {
    if (comparison.isEmpty(region.schema)) continue;
    for (const clause of to.clauses) compareRegion(region, clause);
  }
  return differences;

  function compareRegion(region: Region, clause: ObjectClause): void {
    const at = space.pointerOf(clause.source) ?? '';
    let covered = false;
    for (const [pattern, target] of clause.patterns) {
      const overlap = overlapOf(region.pattern, pattern);
      if (overlap === 'none') continue;
      if (overlap === 'inside') covered = true;
      // Names that match no pattern of the one may match one of the other, unless it is the same.
      if (region.pattern === undefined && from.clauses.some((own) => own.patterns.has(pattern))) continue;
      // A name that matches both patterns is bound by what both say.
      const said = from.clauses.map((own) => own.patterns.get(pattern) ?? true);
      const value = bothOf(region.schema, ...said);
      differences.push(...compareMember(freshNames(region.pattern, pattern), value, target));
    }
    if (!covered) compareAdditional(region, clause.additional, `${at}/additionalProperties`);
    compareNames(region, clause, at);
  }

  function compareAdditional(region: Region, target: JsonSchema, pointer: string): void {
    const names = freshNames(region.pattern, undefined);
    if (!comparison.isEmpty(target)) {
      differences.push(...compareMember(names, region.schema, target));
      return;
    }
    report('closed', pointer, 'no longer accepts members that it does not name', () =>
      comparison
        .samples(region.schema, depth + 1)
        .flatMap((value) => names.flatMap((name) => samples({ [name]: value }))),
    );
  }

  function compareNames(region: Region, clause: ObjectClause, at: string): void {
    if (clause.names === true) return;
    const names = bothOf(
      { type: 'string' },
      ...from.clauses.map((own) => own.names),
      ...(region.pattern === undefined ? [] : [{ pattern: region.pattern }]),
    );
    for (const difference of comparison.compare(names, clause.names, depth + 1)) {
      report('member-names', `${at}/propertyNames`, `a member’s name ${difference.message}`, () => {
        const [value] = comparison.samples(region.schema, depth + 1);
        return difference.candidates().flatMap((name) => samples({ [String(name)]: value }));
      });
    }
  }

  /** Names that match the one pattern, and the other where it is given, and that nobody has named. */
  function freshNames(own: string | undefined, other: string | undefined): readonly string[] {
    const automata = [own, other].flatMap((pattern) => {
      const automaton = pattern === undefined ? undefined : automatonOf(pattern);
      return automaton === undefined ? [] : [automaton];
    });
    const set = { automata, minLength: 1, maxLength: Number.POSITIVE_INFINITY };
    const words = automata.length > 0 ? (findStrings(set, [], 8) ?? []) : [];
    return [...words, 'extra', 'x', 'Another-1', '0'].filter((name) => !named.has(name)).slice(0, 6);
  }
}

/** How many members an object can have. */
function mostMembers(members: ObjectMembers, canBe: (name: string) => boolean): number {
  if (members.regions().length > 0) return members.maxProperties;
  return Math.min(members.maxProperties, [...members.named].filter(canBe).length);
}

/** So many members, or as many as there can be. */
function filled(
  comparison: SchemaComparison,
  members: ObjectMembers,
  depth: number,
  count: number,
): Record<string, unknown> {
  const [region] = members.regions();
  const more =
    region === undefined
      ? []
      : Array.from({ length: Math.min(count, 50) }, (_none, index) => `extra${index}`);
  const names = [...members.named, ...more].slice(0, count);
  return Object.fromEntries(
    names.flatMap((name) => {
      const [value] = comparison.samples(members.valueOf(name), depth + 1);
      return value === undefined ? [] : [[name, value]];
    }),
  );
}
