import type { ObjectAlternative } from '../alternatives/alternative.ts';
import { ObjectMembers } from '../alternatives/object-members.ts';
import type { ObjectClause } from '../alternatives/shapes.ts';
import type { JsonSchema } from '../schema/json-schema.ts';
import { type Difference, withCandidates } from './difference.ts';
import type { InnerComparison } from './inner-comparison.ts';

/** Two alternatives for objects, with the ways to show a difference between them by whole objects. */
export class ObjectPair {
  readonly comparison: InnerComparison;
  readonly from: ObjectMembers;
  readonly to: ObjectMembers;
  readonly depth: number;
  /** The members that one of the two names. */
  readonly named: ReadonlySet<string>;

  constructor(comparison: InnerComparison, sent: ObjectAlternative, read: ObjectAlternative, depth: number) {
    this.comparison = comparison;
    this.from = new ObjectMembers(comparison.space, sent);
    this.to = new ObjectMembers(comparison.space, read);
    this.depth = depth;
    this.named = new Set([...this.from.named, ...this.to.named]);
  }

  /** Whether an object of the writer's side may have a member. */
  canHave(name: string): boolean {
    return !this.comparison.isEmpty(this.from.valueOf(name));
  }

  /** Objects of the writer's side. */
  objects(given: Readonly<Record<string, unknown>> = {}, without?: string): readonly unknown[] {
    const options = { given, ...(without !== undefined && { without }) };
    return this.comparison.sampler.objects(this.from, this.depth, options);
  }

  /** Values of a member. */
  values(schema: JsonSchema): readonly unknown[] {
    return this.comparison.sampler.samples(schema, this.depth + 1);
  }

  /** Objects of the writer's side that have each value under each name. */
  objectsWith(names: readonly string[], values: readonly unknown[]): readonly unknown[] {
    return values.flatMap((value) => names.flatMap((name) => this.objects({ [name]: value })));
  }

  /** The differences between two schemas of a member's value, shown by objects that have it under one of the names. */
  compareValues(names: readonly string[], sent: JsonSchema, read: JsonSchema): readonly Difference[] {
    return this.comparison
      .compare(sent, read, this.depth + 1)
      .map((difference) => withCandidates(difference, (values) => this.objectsWith(names, values)));
  }

  /** The pointer of a clause in the reader's document. */
  pointerOf(clause: ObjectClause): string {
    return this.comparison.space.pointerOf(clause.source) ?? '';
  }
}
