import type { FieldPath } from '../values/field-path.ts';

/** The subject of a comparison or an order: a field, or the document's own name (`__name__`). */
export type Operand = { readonly kind: 'name' } | { readonly kind: 'field'; readonly path: FieldPath };
