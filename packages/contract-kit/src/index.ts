// For product teams: contracts, catalogue and up-casters.

export { type Catalogue, type ContractVersions, defineCatalogue, type QueueShards } from './catalogue.ts';
export { type ContractNameOf, defineContract, type PayloadOf, type TaskContract } from './contract.ts';
export { type ContractDefinition, MAX_DEADLINE_SECONDS, type TaskLimits } from './contract-definition.ts';
export { ContractDefinitionError, ContractViolationError, UpCastError, type Violation } from './errors.ts';
export { defineUpCaster, type UpCaster } from './up-caster.ts';

// For services that validate other JSON by the same dialect of JSON Schema.

export { describeViolations, SchemaDialectError } from './errors.ts';
export { createSchemaValidator } from './schema-validator.ts';

// Only for the other workspaces of this repository.

export { canonicalJson, hashOfJson } from './canonical-json.ts';
export { defineUntypedContract } from './contract.ts';
export { isContractName, isDelay, isOwner, MAX_DELAY_SECONDS } from './contract-definition.ts';
export { escapePointer, fragmentOf, pointerOfFragment, valueAt } from './json-pointer.ts';
export { localFragmentOf } from './local-reference.ts';
export { dialectProblems } from './schema-dialect.ts';
export { isSchema, SCHEMA_PLACES, schemasOf } from './schema-keywords.ts';
export { isSubject } from './subject-template.ts';
export { newestReachable, upCast } from './up-cast.ts';
