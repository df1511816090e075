/**
 * How the judge treats a keyword.
 *
 * `annotation`: dropped, because it does not decide which values are accepted. `applicator`: followed, because it applies
 * other schemas to the same value or holds them for references. `condition`: a condition of numbers, strings, arrays or
 * objects. `opaque`: compared only as a whole, because its effect depends on the schemas beside it or is not modelled.
 */
export type KeywordRole = 'annotation' | 'applicator' | 'condition' | 'opaque';

const KEYWORDS: Readonly<Record<KeywordRole, readonly string[]>> = {
  annotation: [
    '$comment',
    '$id',
    '$schema',
    '$vocabulary',
    'contentEncoding',
    'contentMediaType',
    'contentSchema',
    'default',
    'deprecated',
    'description',
    'examples',
    'readOnly',
    'title',
    'writeOnly',
  ],
  applicator: ['$defs', '$ref', 'allOf', 'anyOf', 'definitions', 'else', 'if', 'not', 'oneOf', 'then'],
  condition: [
    'additionalProperties',
    'const',
    'contains',
    'dependentRequired',
    'enum',
    'exclusiveMaximum',
    'exclusiveMinimum',
    'format',
    'items',
    'maxContains',
    'maxItems',
    'maxLength',
    'maxProperties',
    'maximum',
    'minContains',
    'minItems',
    'minLength',
    'minProperties',
    'minimum',
    'multipleOf',
    'nullable',
    'pattern',
    'patternProperties',
    'prefixItems',
    'properties',
    'propertyNames',
    'required',
    'type',
    'uniqueItems',
  ],
  opaque: [
    'dependencies',
    'dependentSchemas',
    'formatExclusiveMaximum',
    'formatExclusiveMinimum',
    'formatMaximum',
    'formatMinimum',
    'unevaluatedItems',
    'unevaluatedProperties',
  ],
};

/** The role of each keyword of the dialect. */
export const KEYWORD_ROLES: ReadonlyMap<string, KeywordRole> = new Map(
  Object.entries(KEYWORDS).flatMap(([role, keywords]) =>
    keywords.map((keyword) => [keyword, role as KeywordRole] as const),
  ),
);
