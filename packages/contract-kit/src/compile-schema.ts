import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

/**
 * Creates an ajv for the project's dialect of JSON Schema 2020-12. It is strict: an unknown keyword or format is an error. It
 * reports all problems, and changes no payload, because both sides must see the same one.
 * @param code ajv's options for validators that are kept as source; default: they are not kept
 */
export function createAjv(code: { source?: boolean; esm?: boolean } = {}): Ajv2020 {
  const ajv = new Ajv2020({
    strict: true,
    // A branch of `oneOf` may require a property that its parent declares.
    strictRequired: false,
    allErrors: true,
    // The default prints schema problems to the console.
    logger: false,
    code,
  });
  addFormats.default(ajv);
  return ajv;
}

/**
 * Compiles a schema's validator. In a deployed bundle a module with precompiled validators replaces this one: see
 * precompiled-validators.ts.
 * @throws {Error} if the schema is invalid
 */
export function compileSchema(schema: object): ValidateFunction {
  return createAjv().compile(schema);
}
