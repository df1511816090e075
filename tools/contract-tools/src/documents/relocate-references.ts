import { fragmentOf, localFragmentOf, pointerOfFragment } from '@waybill/contract-kit';
import { type JsonSchema, mapSchema } from '@waybill/schema-evolution';

/**
 * Copies a schema for a place inside of another document: its references lead to where its parts are there.
 * @param pointer the JSON pointer of that place
 */
export function relocateReferences(schema: JsonSchema, pointer: string): JsonSchema {
  return mapSchema(schema, (copy) => {
    const ref = copy['$ref'];
    if (typeof ref !== 'string') return copy;
    const fragment = localFragmentOf(schema, ref);
    const target = fragment === undefined ? undefined : pointerOfFragment(fragment);
    return target === undefined ? copy : { ...copy, $ref: `#${fragmentOf(`${pointer}${target}`)}` };
  });
}
