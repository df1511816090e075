import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

/**
 * An ajv of the project's JSON Schema 2020-12 dialect: strict (an unknown keyword or format is an error), every problem is
 * reported, nothing is coerced or filled in, for both sides must see the very same payload.
 * @param code how its validators are written where they are kept as source; default: they are not kept
 */
export function createAjv(code: { source?: boolean; esm?: boolean } = {}): Ajv2020 {
  const ajv = new Ajv2020({
    strict: true,
    // A branch of `oneOf` may require a property that its parent declares.
    strictRequired: false,
    allErrors: true,
    // Its default would print schema problems to the console.
    logger: false,
    code,
  });
  addFormats.default(ajv);
  return ajv;
}

/**
 * Compiles a schema, where that was not done ahead. A deployed bundle holds another module in this one's place, with the
 * validators ready made: see precompiled-validators.ts.
 * @throws {Error} if the schema is not one
 */
export function compileSchema(schema: object): ValidateFunction {
  return createAjv().compile(schema);
}
