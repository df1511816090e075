import { Ajv2020, type Options, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { SchemaDialectError } from './errors.ts';
import { explainCompileError } from './explain-compile-error.ts';
import { defineOwnKeywords } from './own-keywords.ts';
import { assertDialect, isRefusedKeyword } from './schema-dialect.ts';

/**
 * Creates an ajv for the project's dialect of JSON Schema 2020-12. It is strict: an unknown keyword or format is an error. It
 * reports all problems, and changes no payload, because both sides must see the same one.
 * @param options differences from the project's settings: the precompiler keeps the validators' source, for example
 */
export function createAjv(options: Options = {}): Ajv2020 {
  const ajv = new Ajv2020({
    strict: true,
    // A branch of `oneOf` may require a property that its parent declares.
    strictRequired: false,
    allErrors: true,
    // Without it an inherited member, such as `constructor`, counts as present.
    ownProperties: true,
    // The default prints schema problems to the console.
    logger: false,
    ...options,
  });
  addFormats.default(ajv);
  defineOwnKeywords(ajv);
  return ajv;
}

/** Compares schemas with the meta-schema, which takes 10 ms to compile: once is enough. */
let metaSchema: Ajv2020 | undefined;

/**
 * Compiles a schema's validator. In a deployed bundle a module with precompiled validators replaces this one: see
 * precompiled-validators.ts.
 * @param options differences from the project's settings
 * @throws {SchemaDialectError} if the schema is invalid or outside of the dialect
 */
export function compileSchema(schema: object | boolean, options: Options = {}): ValidateFunction {
  assertDialect(schema);
  metaSchema ??= createAjv();
  try {
    if (typeof schema === 'object') void metaSchema.validateSchema(schema, true);
    return createAjv({ validateSchema: false, ...options }).compile(schema);
  } catch (error) {
    const keywords = Object.keys(metaSchema.RULES.keywords).filter((keyword) => !isRefusedKeyword(keyword));
    throw new SchemaDialectError([explainCompileError(schema, (error as Error).message, keywords)], error);
  }
}
