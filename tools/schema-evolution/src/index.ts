export { compareSchemas, type SchemaVerdict, type SchemaViolation } from './compare-schemas.ts';
export type { DifferenceKind } from './difference.ts';
export { SchemaComparison } from './inclusion.ts';
export { escapePointer, type JsonSchema, type SchemaObject } from './json-schema.ts';
export {
  type Finding,
  type Judgement,
  judgeChange,
  type Role,
  type Verdict,
  worstOf,
} from './judge-change.ts';
export { SchemaSpace } from './schema-space.ts';
