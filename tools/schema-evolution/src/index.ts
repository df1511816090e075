// For everyone who changes a schema while payloads of the old one are still in use.

export { compareSchemas, type SchemaVerdict, type SchemaViolation } from './compare-schemas.ts';
export { coveringPayloads } from './covering-payloads.ts';
export type { DifferenceKind } from './inclusion/difference.ts';
export { type Finding, type Judgement, judgeChange, type Role, type Verdict } from './judge-change.ts';
export { samplePayloads } from './sample-payloads.ts';
export type { JsonSchema, SchemaObject } from './schema/json-schema.ts';

// Only for the other workspaces of this repository.

export { verdictOf } from './judge-change.ts';
export { mapSchema } from './schema/map-schema.ts';
