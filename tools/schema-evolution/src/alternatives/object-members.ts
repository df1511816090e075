import { overlapOf } from '../patterns/pattern-overlap.ts';
import { intersectionOf } from '../schema/intersection.ts';
import type { JsonSchema } from '../schema/json-schema.ts';
import type { SchemaSpace } from '../schema/schema-space.ts';
import type { ObjectAlternative } from './alternative.ts';
import type { ObjectClause } from './shapes.ts';

/** Members that no schema names, with the same conditions for all of them. */
export interface Region {
  /** The pattern that their names match; undefined for names that match none. */
  readonly pattern: string | undefined;
  /** The schema of their values. */
  readonly schema: JsonSchema;
}

/** The conditions that an alternative sets for the members of its objects. */
export class ObjectMembers {
  readonly clauses: readonly ObjectClause[];
  /** The names of the members that every object has. */
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
    // The loop also visits members that are added to the set meanwhile.
    for (const name of required) for (const other of this.requiredBeside(name)) required.add(other);
    this.required = required;
  }

  /** The members that every object with this member has too. */
  requiredBeside(name: string): readonly string[] {
    return this.clauses.flatMap(({ dependentRequired }) => dependentRequired.get(name) ?? []);
  }

  /** All members that some clause names. */
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

  /** The schema of a member's value; false if no object can have the member. */
  valueOf(name: string): JsonSchema {
    return intersectionOf(...this.clauses.map((clause) => this.valueIn(clause, name)));
  }

  /** The schema that one clause sets for a member's value; false if it allows no such member. */
  valueIn(clause: ObjectClause, name: string): JsonSchema {
    if (!this.#space.accepts(clause.names, name)) return false;
    const own = clause.properties.get(name);
    const matching = [...clause.patterns].filter(([pattern]) => new RegExp(pattern, 'u').test(name));
    const schemas = [...(own === undefined ? [] : [own]), ...matching.map(([, schema]) => schema)];
    return schemas.length === 0 ? clause.additional : intersectionOf(...schemas);
  }

  /** The members that are not named. The schema of a region may accept more values than the objects do. */
  regions(): readonly Region[] {
    if (this.clauses.some(({ names }) => listedNames(names) !== undefined)) return [];
    const patterns = new Set(this.clauses.flatMap((clause) => [...clause.patterns.keys()]));
    const regionOf = (pattern: string | undefined): Region => ({
      pattern,
      schema: intersectionOf(
        ...this.clauses.map((clause) => {
          const own = pattern === undefined ? undefined : clause.patterns.get(pattern);
          if (own !== undefined) return own;
          const isApart = [...clause.patterns.keys()].every((other) => overlapOf(pattern, other) === 'none');
          // Another pattern may match such a name too: nothing is known about its value.
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
