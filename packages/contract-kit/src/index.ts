export { canonicalJson, hashOfJson } from './canonical-json.ts';
export { type Catalogue, defineCatalogue, type QueueShards } from './catalogue.ts';
export {
  type ContractDefinition,
  contractOf,
  defineContract,
  type PayloadOf,
  type TaskContract,
  type TaskLimits,
} from './contract.ts';
export {
  ContractDefinitionError,
  ContractViolationError,
  describeViolations,
  UpCastError,
  type Violation,
} from './errors.ts';
export { escapePointer, valueAt } from './json-pointer.ts';
export { createSchemaValidator } from './schema-validator.ts';
export { defineUpCaster, newestReachable, type UpCaster, upCast } from './up-caster.ts';
