import type { SchemaSpace } from '../schema/schema-space.ts';
import {
  type Alternative,
  type FiniteAlternative,
  finiteAlternatives,
  type ShapedAlternative,
  schemaOf,
} from './alternative.ts';

/** The alternatives of the values that match both: none or one. */
export function intersectAlternatives(
  space: SchemaSpace,
  one: Alternative,
  other: Alternative,
): readonly Alternative[] {
  if (one.kind === 'finite' || other.kind === 'finite') {
    const [listed, conditions] = one.kind === 'finite' ? [one, other] : [other as FiniteAlternative, one];
    const schema = schemaOf(conditions);
    return finiteAlternatives(listed.values.filter((value) => space.accepts(schema, value)));
  }
  if (one.kind !== other.kind) return [];
  const common = {
    sources: [...new Set([...one.sources, ...other.sources])],
    nots: [...new Set([...one.nots, ...other.nots])],
    opaque: [...new Set([...one.opaque, ...other.opaque])],
  };
  // A shape is a set of lists of conditions, and the conditions of both must hold.
  const shape = Object.fromEntries(
    Object.entries(one.shape).map(([name, conditions]) => [
      name,
      [...(conditions as unknown[]), ...((other.shape as unknown as Record<string, unknown[]>)[name] ?? [])],
    ]),
  );
  return [{ ...common, kind: one.kind, shape } as unknown as ShapedAlternative];
}
