import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ValidateFunction } from 'ajv/dist/2020.js';
import { precompiledModule } from '../src/precompiled-validators.ts';

const sourceDir = join(import.meta.dirname, '../src');

/** The exports of the module that replaces compile-schema.ts in a bundle. */
export interface Precompiled {
  readonly compileSchema: (schema: object) => ValidateFunction;
}

/** Loads the module of precompiled validators, as a bundler would: it resolves imports from this package's folder. */
export async function loadPrecompiled(schemas: readonly object[]): Promise<Precompiled> {
  const directory = mkdtempSync(join(tmpdir(), 'waybill-validators-'));
  try {
    const source = precompiledModule(schemas).replace(
      /'\.\/([\w-]+\.ts)'/g,
      (_import, file: string) => `'${pathToFileURL(join(sourceDir, file)).href}'`,
    );
    // A bundler resolves require() in a module by itself.
    const banner = `import { createRequire } from 'node:module';\nconst require = createRequire(${JSON.stringify(join(sourceDir, 'index.ts'))});\n`;
    const file = join(directory, 'validators.mjs');
    writeFileSync(file, banner + source);
    return (await import(pathToFileURL(file).href)) as Precompiled;
  } finally {
    rmSync(directory, { recursive: true });
  }
}
