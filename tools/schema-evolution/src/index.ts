export { compareSchemas, type SchemaVerdict, type SchemaViolation } from './compare-schemas.ts';
export type { DifferenceKind } from './inclusion/difference.ts';
export { SchemaComparison } from './inclusion/schema-comparison.ts';
export {
  type Finding,
  type Judgement,
  judgeChange,
  type Role,
  type Verdict,
  worstOf,
} from './judge-change.ts';
export type { JsonSchema, SchemaObject } from './schema/json-schema.ts';
export { SchemaSpace } from './schema/schema-space.ts';
