import { overlapOf } from '../patterns/pattern-overlap.ts';
import { bothOf, type JsonSchema } from '../schema/json-schema.ts';
import type { SchemaSpace } from '../schema/schema-space.ts';
import type { Infinite } from './alternatives.ts';
import type { ObjectClause } from './shapes.ts';

export type ObjectAlternative = Extract<Infinite, { kind: 'object' }>;

/** Members that are not named one by one, but share what is said of them. */
export interface Region {
  /** The pattern that their names match; undefined: they match none. */
  readonly pattern: string | undefined;
  /** What their values match. */
  readonly schema: JsonSchema;
}

/** What an alternative says about the members of its objects. */
export class ObjectMembers {
  readonly clauses: readonly ObjectClause[];
  /** Members that must be there. */
  readonly required: ReadonlySet<string>;
  readonly minProperties: number;
  readonly maxProperties: number;
  readonly #space: SchemaSpace;

  constructor(space: SchemaSpace, alternative: ObjectAlternative) {
    this.#space = space;
    this.clauses = alternative.shape.clauses;
    this.minProperties = Math.max(0, ...this.clauses.map(({ minProperties }) => minProperties));
    this.maxProperties = Math.min(
      Number.POSITIVE_INFINITY,
      ...this.clauses.map(({ maxProperties }) => maxProperties),
    );
    const required = new Set(this.clauses.flatMap((clause) => [...clause.required]));
    // A set that grows is walked to its end.
    for (const name of required) for (const other of this.broughtBy(name)) required.add(other);
    this.required = required;
  }

  /** The members that are there whenever this one is. */
  broughtBy(name: string): readonly string[] {
    return this.clauses.flatMap(({ dependentRequired }) => dependentRequired.get(name) ?? []);
  }

  /** All members that some schema calls by their name. */
  get named(): ReadonlySet<string> {
    const named = new Set(this.required);
    for (const clause of this.clauses) {
      for (const name of clause.properties.keys()) named.add(name);
      for (const [name, others] of clause.dependentRequired) {
        named.add(name);
        for (const other of others) named.add(other);
      }
      for (const name of listedNames(clause.names) ?? []) named.add(name);
    }
    return named;
  }

  /** What a member's value must match; false: it can't be there. */
  valueOf(name: string): JsonSchema {
    return bothOf(...this.clauses.map((clause) => this.valueIn(clause, name)));
  }

  /** The same, as one clause has it. */
  valueIn(clause: ObjectClause, name: string): JsonSchema {
    if (!this.#space.accepts(clause.names, name)) return false;
    const own = clause.properties.get(name);
    const matching = [...clause.patterns].filter(([pattern]) => new RegExp(pattern, 'u').test(name));
    const said = [...(own === undefined ? [] : [own]), ...matching.map(([, schema]) => schema)];
    return said.length === 0 ? clause.additional : bothOf(...said);
  }

  /** The members that are not named: what is known of their values, which may be less than is said. */
  regions(): readonly Region[] {
    if (this.clauses.some(({ names }) => listedNames(names) !== undefined)) return [];
    const patterns = new Set(this.clauses.flatMap((clause) => [...clause.patterns.keys()]));
    const regionOf = (pattern: string | undefined): Region => ({
      pattern,
      schema: bothOf(
        ...this.clauses.map((clause) => {
          const own = pattern === undefined ? undefined : clause.patterns.get(pattern);
          if (own !== undefined) return own;
          const isApart = [...clause.patterns.keys()].every((other) => overlapOf(pattern, other) === 'none');
          // Where other patterns may match such a name too, what holds for it is not known.
          return pattern === undefined || isApart ? clause.additional : true;
        }),
      ),
    });
    return [regionOf(undefined), ...[...patterns].map(regionOf)].filter(({ schema }) => schema !== false);
  }
}

function listedNames(names: JsonSchema): readonly string[] | undefined {
  if (typeof names === 'boolean') return names ? undefined : [];
  const listed = 'const' in names ? [names['const']] : (names['enum'] as readonly unknown[] | undefined);
  return listed?.filter((name) => typeof name === 'string');
}
