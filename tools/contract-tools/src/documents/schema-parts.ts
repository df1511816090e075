import { localFragmentOf, pointerOfFragment, valueAt } from '@waybill/contract-kit';
import type { JsonSchema, SchemaObject } from '@waybill/schema-evolution';

/** The schemas that are expanded around a place: the pointer of each, and where in the payload it is. */
export type Trail = ReadonlyMap<string, string>;

/** The parts of a schema that apply to one value. */
export interface SchemaParts {
  /** The schema itself, the targets of `$ref`, and what `allOf` joins, without those. */
  readonly objects: readonly SchemaObject[];
  /** Whether a part is `false`: no value matches. */
  readonly isImpossible: boolean;
  /** The place in the payload whose schema a `$ref` repeats; undefined where none does. */
  readonly sameAs: string | undefined;
  /** The trail for the places inside. */
  readonly trail: Trail;
}

/**
 * Collects the parts of a schema that apply to the value at a place.
 * @param root the whole schema, in which `$ref` is looked up
 */
export function schemaParts(schema: JsonSchema, root: JsonSchema, path: string, trail: Trail): SchemaParts {
  const objects: SchemaObject[] = [];
  const inner = new Map(trail);
  let isImpossible = false;
  let sameAs: string | undefined;
  const collect = (part: JsonSchema): void => {
    if (typeof part === 'boolean') {
      isImpossible ||= !part;
      return;
    }
    const { $ref: ref, allOf = [], ...own } = part;
    objects.push(own);
    for (const joined of allOf as readonly JsonSchema[]) collect(joined);
    if (typeof ref !== 'string') return;
    const { pointer, target } = followReference(root, ref);
    if (target === undefined) return;
    sameAs ??= trail.get(pointer);
    if (trail.has(pointer)) return;
    inner.set(pointer, path);
    collect(target);
  };
  collect(schema);
  return { objects, isImpossible, sameAs, trail: inner };
}

/** The place and the schema that a reference inside of a document leads to. */
function followReference(root: JsonSchema, ref: string): { pointer: string; target: JsonSchema | undefined } {
  const fragment = localFragmentOf(root, ref);
  const pointer = fragment === undefined ? undefined : pointerOfFragment(fragment);
  if (pointer === undefined) return { pointer: ref, target: undefined };
  return { pointer, target: valueAt(root, pointer) as JsonSchema | undefined };
}
