import { execFileSync } from 'node:child_process';
import {
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { rootDir } from '../../src/support/flow-stack.ts';

/** The sources of an earlier commit, with this tree's installed dependencies. */
export interface EarlierTree {
  readonly dir: string;
  /** The commit in full. */
  readonly commit: string;
  remove(): void;
}

/**
 * Unpacks a commit into a temporary folder, so that its services can run beside those of this tree. Its workspaces import
 * each other; other packages are linked from this tree's node_modules.
 * @throws {Error} if there is no such commit, or one of its services needs a package that is not installed here
 */
export function unpackEarlierTree(revision: string): EarlierTree {
  const git = (...args: string[]): Buffer =>
    execFileSync('git', ['-C', rootDir, ...args], {
      maxBuffer: 1024 ** 3,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
  const commit = git('rev-parse', '--verify', `${revision}^{commit}`).toString().trim();
  const dir = mkdtempSync(join(tmpdir(), 'waybill-earlier-'));
  const remove = (): void => rmSync(dir, { recursive: true, force: true });
  try {
    execFileSync('tar', ['-x', '-C', dir], { input: git('archive', commit), maxBuffer: 1024 ** 3 });
    linkPackages(dir);
    return { dir, commit, remove };
  } catch (error) {
    remove();
    throw error;
  }
}

interface PackageJson {
  readonly name: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

function linkPackages(dir: string): void {
  const installed = join(rootDir, 'node_modules');
  const links = join(dir, 'node_modules');
  mkdirSync(links);
  for (const name of readdirSync(installed)) {
    if (name !== '@waybill') symlinkSync(join(installed, name), join(links, name));
  }
  const manifests = globSync('{apps,packages,emulators,tools}/*/package.json', { cwd: dir });
  const workspaces = manifests.map((path) => ({
    folder: join(dir, dirname(path)),
    isService: path.startsWith('apps/'),
    ...(JSON.parse(readFileSync(join(dir, path), 'utf8')) as PackageJson),
  }));
  for (const { name, folder } of workspaces) {
    mkdirSync(dirname(join(links, name)), { recursive: true });
    symlinkSync(folder, join(links, name));
  }
  for (const { name, isService, dependencies = {} } of workspaces) {
    const missing = Object.keys(dependencies).filter((needed) => !existsSync(join(links, needed)));
    if (isService && missing.length > 0) {
      throw new Error(
        `${name} of that commit needs ${missing.join(', ')}, which this tree has not installed`,
      );
    }
  }
}
