/** The package.json of a workspace, as far as packing reads it. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly exports?: Readonly<Record<string, string>>;
  readonly bin?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  /** Files of dependencies that the package reads at runtime, such as `client/build/protos.json`. It carries them instead. */
  readonly vendoredFiles?: readonly string[];
  readonly [field: string]: unknown;
}

/** Fields that mean the same to a user of the package. Scripts and devDependencies are for this repository. */
const KEPT = [
  'name',
  'version',
  'description',
  'license',
  'repository',
  'keywords',
  'type',
  'sideEffects',
  'dependencies',
  'peerDependencies',
  'peerDependenciesMeta',
];

/** The oldest Node on which every dependency of a package runs. */
const MIN_NODE = '>=22.19';

/** Whether an entry of `exports` is only for tests of this repository: it lies in the workspace's `test/` folder. */
export function isTestEntry(source: string): boolean {
  return source.startsWith('./test/');
}

/**
 * Makes the package.json of a packed workspace: each `./src/x.ts` of `exports` and `bin` becomes the compiled
 * file; entries for tests are left out.
 * @param isBuilt whether the build made this file, named from the package's folder
 * @throws {Error} when an entry was not built, or is no source file
 */
export function packedManifest(
  manifest: Manifest,
  isBuilt: (file: string) => boolean,
): Record<string, unknown> {
  const compiled = (source: string, field: string): string => {
    const file = /^\.\/src\/(.+)\.ts$/.exec(source)?.[1];
    if (file === undefined || !isBuilt(`${file}.js`))
      throw new Error(
        `${manifest.name}: ${field} names ${source}, which the build did not compile. Name a source file under ./src that is no test.`,
      );
    return `./${file}`;
  };
  const entries = Object.entries(manifest.exports ?? {}).filter(([, source]) => !isTestEntry(source));
  const exports = entries.map(([path, source]) => {
    const file = compiled(source, `exports["${path}"]`);
    return [path, { types: `${file}.d.ts`, default: `${file}.js` }];
  });
  const bin = Object.entries(manifest.bin ?? {}).map(([name, source]) => [
    name,
    `${compiled(source, `bin["${name}"]`)}.js`,
  ]);
  return {
    ...Object.fromEntries(KEPT.filter((field) => field in manifest).map((field) => [field, manifest[field]])),
    engines: { node: MIN_NODE },
    exports: Object.fromEntries(exports),
    ...(bin.length > 0 && { bin: Object.fromEntries(bin) }),
  };
}
