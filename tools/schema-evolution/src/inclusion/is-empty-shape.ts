import type { ShapedAlternative } from '../alternatives/alternative.ts';
import { ArrayItems } from '../alternatives/array-items.ts';
import { isEmptyLine, numberLineOf } from '../alternatives/number-line.ts';
import { ObjectMembers } from '../alternatives/object-members.ts';
import type { SchemaFacts } from '../alternatives/schema-facts.ts';
import { stringSetsOf } from '../alternatives/string-sets.ts';
import { findStrings } from '../patterns/find-strings.ts';
import { intersectionOf } from '../schema/intersection.ts';

/** Whether it is proven that no value meets the conditions of an alternative. */
export function isEmptyShape(facts: SchemaFacts, alternative: ShapedAlternative): boolean {
  switch (alternative.kind) {
    case 'number':
      return isEmptyLine(numberLineOf(alternative.shape));
    case 'string':
      return findStrings(stringSetsOf(alternative.shape).outer, [])?.length === 0;
    case 'array': {
      const items = new ArrayItems(alternative, (schema) => facts.isEmpty(schema));
      if (items.minItems > items.maxItems) return true;
      const { schemas } = items;
      return items.contains.some(
        ({ schema, min }) => min > 0 && schemas.every((item) => facts.isEmpty(intersectionOf(item, schema))),
      );
    }
    case 'object': {
      const members = new ObjectMembers(facts.space, alternative);
      const { minProperties, maxProperties, required } = members;
      if (minProperties > maxProperties || required.size > maxProperties) return true;
      return [...required].some((name) => facts.isEmpty(members.valueOf(name)));
    }
  }
}
