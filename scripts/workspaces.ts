import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

/** One package of the repository, as the root package.json lists them. */
export interface Workspace {
  /** Its npm name, for `npm test -w`. */
  readonly name: string;
  /** Its folder, from the root: `packages/orders`. */
  readonly folder: string;
  /** The last part of its folder, by which its test summary is named. */
  readonly folderName: string;
  readonly scripts: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

/**
 * Lists every workspace of the repository. Understands the two forms in the root package.json: `folder` and `folder/*`.
 * @throws {Error} when two workspaces' folders have the same name: their test summaries would overwrite each other
 */
export function listWorkspaces(rootDir: string): Workspace[] {
  const { workspaces } = readJson(join(rootDir, 'package.json')) as { workspaces: string[] };
  const folders = workspaces.flatMap((pattern) => {
    if (!pattern.endsWith('/*')) return [pattern];
    const parent = pattern.slice(0, -2);
    return readdirSync(join(rootDir, parent)).map((entry) => `${parent}/${entry}`);
  });
  const found = folders
    .filter((folder) => existsSync(join(rootDir, folder, 'package.json')))
    .map((folder) => {
      const manifest = readJson(join(rootDir, folder, 'package.json')) as Partial<Workspace>;
      const { name = folder, scripts = {}, dependencies = {}, devDependencies = {} } = manifest;
      return { name, folder, folderName: basename(folder), scripts, dependencies, devDependencies };
    });
  const names = found.map(({ folderName }) => folderName);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined)
    throw new Error(`Two workspaces have a folder named "${twice}": rename one of them`);
  return found;
}

function readJson(file: string): unknown {
  return JSON.parse(readFileSync(file, 'utf8'));
}
