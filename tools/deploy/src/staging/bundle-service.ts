import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { precompiledValidators } from '@waybill/contract-kit/precompile';
import { loadCatalogue } from '@waybill/contract-tools';
import { build } from 'esbuild';
import { DeploymentError } from '../deployment-error.ts';
import { tasksClientPlugin } from './tasks-client-plugin.ts';
import { thirdPartyNotices } from './third-party-notices.ts';

/** One file of a stage, by its path in it. */
export interface StagedFile {
  readonly path: string;
  readonly contents: string | Uint8Array;
}

/** Where, beside the bundle, the files of packages lie that are read when the service runs. */
const FILES_FOLDER = 'files';

/** CommonJS packages in an ESM bundle ask for these. */
const COMMONJS_BANNER = [
  "import { createRequire as __createRequire } from 'node:module';",
  "import { fileURLToPath as __fileURLToPath } from 'node:url';",
  "import { dirname as __pathDirname } from 'node:path';",
  'const require = __createRequire(import.meta.url);',
  'const __filename = __fileURLToPath(import.meta.url);',
  'const __dirname = __pathDirname(__filename);',
  // Files that a service finds by import.meta.resolve (fonts and the like) lie in the stage; see stagedFiles().
  `const __resolveStaged = (specifier) => new URL('./${FILES_FOLDER}/' + specifier, import.meta.url).href;`,
].join('');

/** Sources that must not get into a bundle: tests, and what only a laptop runs. */
const NOT_FOR_PRODUCTION = [
  /\.test\.[cm]?[jt]s$/,
  /^(apps|packages)\/[^/]+\/test\//,
  /^(apps|packages)\/[^/]+\/src\/testing\//,
  /^emulators\//,
  /^tools\//,
  /^(test|bench|scripts)\//,
  /(^|\/)node_modules\/(mocha|sinon|fast-check|esbuild|typescript)\//,
];

/**
 * Bundles a service's `src/main.ts` and everything that it imports into `dist/*.mjs`, with source maps that hold names
 * and lines but no sources; beside it `NOTICE`, with the licenses of what is bundled. The same sources give the same bytes, wherever the repository lies.
 * @throws {DeploymentError} if the bundle would hold test code
 */
export async function bundleService(rootDir: string, appFolder: string): Promise<StagedFile[]> {
  const appDir = join(rootDir, 'apps', appFolder);
  const outdir = join(rootDir, '.stage', appFolder, 'dist');
  // An application may have no tasks.
  const hasContracts = existsSync(join(rootDir, 'packages/task-contracts'));
  const contracts = hasContracts ? (await loadCatalogue(rootDir)).contracts : [];
  const schemas = [...contracts.map(({ schema }) => schema), ...(await declaredSchemas(appDir))];
  const result = await build({
    absWorkingDir: rootDir,
    entryPoints: { main: join(appDir, 'src/main.ts') },
    outdir,
    // Only what is written is the stage: nothing half-built is ever there.
    write: false,
    metafile: true,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    outExtension: { '.js': '.mjs' },
    banner: { js: COMMONJS_BANNER },
    // Not minified: where a service dies, Node prints the line it died at, and that must not be a megabyte.
    sourcemap: 'linked',
    sourcesContent: false,
    define: { 'import.meta.resolve': '__resolveStaged' },
    plugins: [tasksClientPlugin(), precompiledValidators({ schemas })],
    logLevel: 'warning',
  });
  const unwanted = Object.keys(result.metafile.inputs).filter((input) =>
    NOT_FOR_PRODUCTION.some((pattern) => pattern.test(input)),
  );
  if (unwanted.length > 0) {
    throw new DeploymentError(
      `apps/${appFolder} imports what must not be deployed: ${unwanted.join(', ')}. Import it in tests only`,
    );
  }
  const bundled = result.outputFiles
    .map(({ path, text }) => ({ path: join('dist', path.slice(outdir.length + 1)), contents: text }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
  const used = Object.values(result.metafile.outputs).flatMap(({ inputs }) => Object.keys(inputs));
  const files = [...used, ...stagedFilePaths(appDir).map((path) => relative(rootDir, path))];
  return [...bundled, { path: 'NOTICE', contents: thirdPartyNotices({ rootDir, files }) }];
}

/** The settings of a stage, under `waybill` in the service's package.json. */
interface StageSettings {
  /** Files that its code finds by `import.meta.resolve`, by the specifiers it uses. */
  readonly stagedFiles?: readonly string[];
  /** JSON Schemas of its own that it validates by: `src/orders/order-request.ts#orderRequestSchema`. */
  readonly schemas?: readonly string[];
}

function stageSettings(appDir: string): StageSettings {
  const content = JSON.parse(readFileSync(join(appDir, 'package.json'), 'utf8')) as {
    waybill?: StageSettings;
  };
  return content.waybill ?? {};
}

/** The schemas beside the contracts' whose validators are compiled ahead; a bundle has no compiler. */
async function declaredSchemas(appDir: string): Promise<object[]> {
  return Promise.all(
    (stageSettings(appDir).schemas ?? []).map(async (reference) => {
      const [path = '', name = ''] = reference.split('#');
      const module = (await import(pathToFileURL(join(appDir, path)).href)) as Record<string, unknown>;
      const schema = module[name];
      if (typeof schema === 'object' && schema !== null) return schema;
      throw new DeploymentError(
        `${join(appDir, 'package.json')}: waybill.schemas lists "${reference}", but ${path} exports no object of that name`,
      );
    }),
  );
}

/**
 * The files of packages that a service reads when it runs, such as fonts: what its package.json lists under
 * `waybill.stagedFiles`, by the specifiers that its code gives to `import.meta.resolve`. A bundle can't know them.
 * @throws {DeploymentError} for one that is not there
 */
export function stagedFiles(appDir: string): StagedFile[] {
  const require = createRequire(join(appDir, 'package.json'));
  return (stageSettings(appDir).stagedFiles ?? []).map((specifier) => {
    try {
      return {
        path: join('dist', FILES_FOLDER, specifier),
        contents: readFileSync(require.resolve(specifier)),
      };
    } catch (error) {
      throw new DeploymentError(
        `${join(appDir, 'package.json')}: waybill.stagedFiles lists "${specifier}", which can't be read: ${(error as Error).message}`,
      );
    }
  });
}

/** The paths of {@link stagedFiles} on this machine. */
function stagedFilePaths(appDir: string): string[] {
  const require = createRequire(join(appDir, 'package.json'));
  return (stageSettings(appDir).stagedFiles ?? []).map((specifier) => require.resolve(specifier));
}
