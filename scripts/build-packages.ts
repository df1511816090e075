// `npm run build [-- <folder> …]`: a tarball of each published workspace, in `.packages/`, that any project can install.
//
// Development runs the sources. A tarball holds compiled JavaScript, types and no tests. Its package.json is written here,
// because npm does not honour `publishConfig.exports`. A package with a command carries the workspaces that it needs:
// one tarball is enough in an empty folder.
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  carriedEntries,
  carriedWorkspaces,
  dependenciesWithCarried,
  rewriteCarriedImports,
} from './carried-workspaces.ts';
import { type Manifest, packedManifest } from './packed-manifest.ts';
import { publishedWorkspaces } from './published-workspaces.ts';
import { quietEnvironment } from './quiet-environment.ts';
import { runCommand } from './run-command.ts';
import { listWorkspaces, type Workspace } from './workspaces.ts';

const rootDir = dirname(dirname(fileURLToPath(import.meta.url)));
const published = publishedWorkspaces(rootDir);
const named = process.argv.slice(2);
const unknown = named.filter((folder) => !published.some((workspace) => workspace.folder === folder));
if (unknown.length > 0) {
  process.stderr.write(
    `Not a published workspace: ${unknown.join(', ')}. There are ${published.map(({ folder }) => folder).join(', ')}\n` +
      'Usage: npm run build [-- <folder> …]\n',
  );
  process.exit(2);
}

const tarballDir = join(rootDir, '.packages');
mkdirSync(tarballDir, { recursive: true });
const workspaces = listWorkspaces(rootDir);
for (const workspace of published) {
  if (named.length > 0 && !named.includes(workspace.folder)) continue;
  const code = await buildPackage(workspace);
  if (code !== 0) process.exit(code);
}

/** Compiles a workspace to its `dist/`, completes that folder to a package, and packs it. */
async function buildPackage(workspace: Workspace): Promise<number> {
  const workspaceDir = join(rootDir, workspace.folder);
  const packageDir = join(workspaceDir, 'dist');
  rmSync(packageDir, { recursive: true, force: true });
  const compiled = await compile(workspaceDir, packageDir);
  if (compiled !== 0) return compiled;
  const manifest = readManifest(workspaceDir);
  const carried = manifest.bin === undefined ? undefined : await carryWorkspaces(workspace, packageDir);
  if (typeof carried === 'number') return carried;
  const packed = packedManifest(
    withoutVendored({
      ...manifest,
      ...(carried && { dependencies: dependenciesWithCarried(manifest, carried) }),
    }),
    (file) => existsSync(join(packageDir, file)),
  );
  writeFileSync(join(packageDir, 'package.json'), `${JSON.stringify(packed, null, 2)}\n`);
  const files = [
    join(workspaceDir, 'README.md'),
    join(workspaceDir, 'Dockerfile'),
    join(rootDir, 'LICENSE'),
    join(rootDir, 'NOTICE'),
  ];
  for (const file of files) {
    if (existsSync(file)) cpSync(file, join(packageDir, basename(file)));
  }
  vendorFiles(manifest.vendoredFiles ?? [], workspaceDir, packageDir);
  return runCommand('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', tarballDir], {
    cwd: packageDir,
    env: quietEnvironment(process.env),
  });
}

function compile(workspaceDir: string, outDir: string): Promise<number> {
  const args = ['-p', 'tsconfig.build.json', '--outDir', outDir];
  return runCommand('tsc', args, { cwd: workspaceDir, env: quietEnvironment(process.env) });
}

/** Compiles what a package needs of this repository into it. @returns their manifests, or the compiler's exit code */
async function carryWorkspaces(workspace: Workspace, packageDir: string): Promise<Manifest[] | number> {
  const manifests: Manifest[] = [];
  const entries: [string, string][] = [];
  for (const carried of carriedWorkspaces(workspace, workspaces)) {
    const folder = join(rootDir, carried.folder);
    const compiled = await compile(folder, join(packageDir, carried.carriedFolder));
    if (compiled !== 0) return compiled;
    const manifest = readManifest(folder);
    manifests.push(manifest);
    entries.push(...carriedEntries(carried, manifest));
  }
  rewriteCarriedImports(packageDir, new Map(entries));
  return manifests;
}

/** Leaves out the dependencies that a package needs only for files that it carries. */
function withoutVendored(manifest: Manifest): Manifest {
  const vendored = (manifest.vendoredFiles ?? []).map((file) => /^(@[^/]+\/)?[^/]+/.exec(file)?.[0]);
  const { dependencies = {} } = manifest;
  const kept = Object.entries(dependencies).filter(([name]) => !vendored.includes(name));
  return { ...manifest, dependencies: Object.fromEntries(kept) };
}

/** Copies files of dependencies to `vendored/`, where `packageFolder()` looks first. */
function vendorFiles(files: readonly string[], workspaceDir: string, packageDir: string): void {
  const { resolve } = createRequire(join(workspaceDir, 'package.json'));
  for (const file of files) {
    const found = (resolve.paths(file) ?? []).map((folder) => join(folder, file)).find(existsSync);
    if (found === undefined) throw new Error(`${workspaceDir}: no dependency has ${file} of vendoredFiles`);
    cpSync(found, join(packageDir, 'vendored', file));
  }
}

function readManifest(workspaceDir: string): Manifest {
  return JSON.parse(readFileSync(join(workspaceDir, 'package.json'), 'utf8')) as Manifest;
}
