import { extname } from 'node:path';
import standaloneCode from 'ajv/dist/standalone/index.js';
import { hashOfJson } from './canonical-json.ts';
import { createAjv } from './compile-schema.ts';
import { KEYWORD_FUNCTIONS, KEYWORD_FUNCTIONS_MODULE } from './own-keywords.ts';
import { assertDialect } from './schema-dialect.ts';

/** `.ts` where the sources run, `.js` in a packed package. */
const MODULE_EXTENSION = extname(import.meta.filename);

/** The part of esbuild's plugin interface that is needed, so that this package does not depend on esbuild. */
export interface BundlerPlugin {
  readonly name: string;
  setup(build: {
    onLoad(
      options: { filter: RegExp },
      load: () => { contents: string; loader: 'js'; resolveDir: string },
    ): void;
  }): void;
}

/**
 * The source of a module that replaces compile-schema.ts in a deployed bundle. It finds precompiled validators by the hash of
 * their schema. They are ajv's own code, so they report the same violations. The start compiles nothing, and the bundle does
 * not contain ajv's compiler. The same schemas give the same text.
 * @param schemas every schema that the bundle validates by
 * @throws {SchemaDialectError} if one of them is outside of the project's dialect
 */
export function precompiledModule(schemas: readonly object[]): string {
  const ajv = createAjv({ code: { source: true, esm: true } });
  const names = new Map<string, string>();
  for (const schema of schemas) {
    const hash = hashOfJson(schema);
    if (names.has(hash)) continue;
    assertDialect(schema);
    ajv.addSchema(schema, hash);
    names.set(hash, `validate_${hash.slice(0, 16)}`);
  }
  const exported = Object.fromEntries([...names].map(([hash, name]) => [name, hash]));
  const table = [...names].map(([hash, name]) => `  '${hash}': ${name},`).join('\n');
  return `${standaloneCode.default(ajv, exported)}
import { hashOfJson } from './canonical-json${MODULE_EXTENSION}';
import { ${KEYWORD_FUNCTIONS.join(', ')} } from '${KEYWORD_FUNCTIONS_MODULE}${MODULE_EXTENSION}';
const validators = {
${table}
};
export function compileSchema(schema) {
  const hash = hashOfJson(schema);
  const validate = validators[hash];
  if (validate === undefined) {
    throw new Error('The schema ' + hash + ' was not compiled ahead: hand it to precompiledValidators() where the bundle is made');
  }
  return validate;
}
`;
}

/**
 * Creates an esbuild plugin that compiles validators at build time.
 * @param options.schemas every schema that the bundle validates by: those of the contracts and of the service
 */
export function precompiledValidators(options: { schemas: readonly object[] }): BundlerPlugin {
  const sourceDir = import.meta.dirname;
  return {
    name: 'precompiled-validators',
    setup(build) {
      build.onLoad({ filter: /[\\/]contract-kit[\\/](?:src[\\/])?compile-schema\.[jt]s$/ }, () => ({
        contents: precompiledModule(options.schemas),
        loader: 'js',
        resolveDir: sourceDir,
      }));
    },
  };
}
