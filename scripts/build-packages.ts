// `npm run build [-- <folder> …]`: a tarball of each published workspace, in `.packages/`, that any project can install.
//
// Development runs the sources. A tarball holds compiled JavaScript, types and no tests. Its package.json is written here,
// because npm does not honour `publishConfig.exports`.
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Manifest, packedManifest } from './packed-manifest.ts';
import { publishedWorkspaces } from './published-workspaces.ts';
import { quietEnvironment } from './quiet-environment.ts';
import { runCommand } from './run-command.ts';

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
for (const { folder } of published) {
  if (named.length > 0 && !named.includes(folder)) continue;
  const code = await buildPackage(join(rootDir, folder));
  if (code !== 0) process.exit(code);
}

/** Compiles a workspace to its `dist/`, completes that folder to a package, and packs it. */
async function buildPackage(workspaceDir: string): Promise<number> {
  const options = { cwd: workspaceDir, env: quietEnvironment(process.env) };
  const packageDir = join(workspaceDir, 'dist');
  rmSync(packageDir, { recursive: true, force: true });
  const compiled = await runCommand('tsc', ['-p', 'tsconfig.build.json', '--outDir', packageDir], options);
  if (compiled !== 0) return compiled;
  const manifest = JSON.parse(readFileSync(join(workspaceDir, 'package.json'), 'utf8')) as Manifest;
  const packed = packedManifest(manifest, (file) => existsSync(join(packageDir, file)));
  writeFileSync(join(packageDir, 'package.json'), `${JSON.stringify(packed, null, 2)}\n`);
  for (const file of [join(workspaceDir, 'README.md'), join(rootDir, 'LICENSE')]) {
    if (existsSync(file)) cpSync(file, join(packageDir, basename(file)));
  }
  return runCommand('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', tarballDir], {
    ...options,
    cwd: packageDir,
  });
}
