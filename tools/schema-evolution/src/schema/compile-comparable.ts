import { compileSchema } from '@waybill/contract-kit/compile-schema';
import type { ValidateFunction } from 'ajv/dist/2020.js';
import type { JsonSchema } from './json-schema.ts';

/**
 * Compiles the validator of a schema that can be compared. Unlike a contract's schema it may leave out types and have
 * several.
 * @throws {SchemaDialectError} if the schema is invalid or outside of the dialect
 */
export function compileComparable(schema: JsonSchema): ValidateFunction {
  return compileSchema(schema, {
    strictTypes: false,
    strictTuples: false,
    allowMatchingProperties: true,
  });
}
