import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

/** One package of the repository, as the root package.json lists them. */
export interface Workspace {
  /** Its npm name, for `npm test -w`. */
  readonly name: string;
  /** The last part of its folder, by which its test summary is named. */
  readonly folderName: string;
  readonly scripts: Readonly<Record<string, string>>;
}

/**
 * Every workspace of the repository. Understands the two forms that the root package.json uses: `folder` and `folder/*`.
 * @throws {Error} where two workspaces' folders have the same name: their test summaries would overwrite each other
 */
export function listWorkspaces(rootDir: string): Workspace[] {
  const { workspaces } = readJson(join(rootDir, 'package.json')) as { workspaces: string[] };
  const folders = workspaces.flatMap((pattern) => {
    if (!pattern.endsWith('/*')) return [join(rootDir, pattern)];
    const parent = join(rootDir, pattern.slice(0, -2));
    return readdirSync(parent).map((entry) => join(parent, entry));
  });
  const found = folders
    .filter((folder) => existsSync(join(folder, 'package.json')))
    .map((folder) => {
      const { name, scripts = {} } = readJson(join(folder, 'package.json')) as Workspace;
      return { name, folderName: basename(folder), scripts };
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
