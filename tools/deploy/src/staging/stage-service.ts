import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { listServiceFolders } from '@waybill/google-config';
import { changeAppYaml } from '../configuration/change-app-yaml.ts';
import { DeploymentError } from '../deployment-error.ts';
import { bundleService, type StagedFile, stagedFiles } from './bundle-service.ts';
import { refuseSecrets } from './refuse-secrets.ts';

/** A folder that is uploaded as it is. */
export interface Stage {
  readonly folder: string;
  /** Paths in it, sorted. */
  readonly files: readonly string[];
  readonly bytes: number;
}

/**
 * Without npm in between, SIGTERM reaches the service itself. Without --enable-source-maps a start is 150 ms shorter and
 * more: Node would read all the maps at once. They are for whoever reads a stack later.
 */
const ENTRYPOINT = 'node dist/main.mjs';
/** The range by which App Engine's build picks its Node; the same line as `runtime: nodejs24`. */
const NODE_ENGINE = '24.x';

// With none of its own gcloud would write one into the stage, and leave other things out.
const GCLOUDIGNORE =
  '# All of this folder is uploaded but what an installation leaves.\n.gcloudignore\nnode_modules/\n';

/**
 * Stages a service: makes `.stage/<folder>/`, which needs no workspace, registry or symbolic link any more. Everything
 * that it runs is in its bundle; the lock file beside its package.json locks nothing but that nothing is installed.
 * @param options.outDir where instead of `.stage/<folder>`; what was there is replaced
 * @throws {DeploymentError} for an unknown folder, test code or secrets
 */
export async function stageService(options: {
  rootDir: string;
  folder: string;
  outDir?: string;
}): Promise<Stage> {
  const { rootDir, folder } = options;
  const known = listServiceFolders(rootDir);
  if (!known.includes(folder)) {
    throw new DeploymentError(`There is no service "${folder}" in apps/; there are ${known.join(', ')}`);
  }
  const appDir = join(rootDir, 'apps', folder);
  const files = [
    ...staticFiles(rootDir, appDir),
    ...stagedFiles(appDir),
    ...(await bundleService(rootDir, folder)),
  ];
  refuseSecrets(files);

  const outDir = options.outDir ?? join(rootDir, '.stage', folder);
  rmSync(outDir, { recursive: true, force: true });
  for (const { path, contents } of files) {
    mkdirSync(dirname(join(outDir, path)), { recursive: true });
    writeFileSync(join(outDir, path), contents);
  }
  return {
    folder: outDir,
    files: files.map(({ path }) => path).sort(),
    bytes: files.reduce((sum, { contents }) => sum + Buffer.byteLength(contents), 0),
  };
}

function staticFiles(rootDir: string, appDir: string): StagedFile[] {
  const license = join(rootDir, 'LICENSE');
  const appYaml = join(appDir, 'app.yaml');
  const { name, version } = JSON.parse(readFileSync(join(appDir, 'package.json'), 'utf8')) as {
    name: string;
    version: string;
  };
  const identity = { name, version };
  const engines = { node: NODE_ENGINE };
  const json = (content: object): string => `${JSON.stringify(content, undefined, 2)}\n`;
  return [
    ...(existsSync(license) ? [{ path: 'LICENSE', contents: readFileSync(license, 'utf8') }] : []),
    { path: '.gcloudignore', contents: GCLOUDIGNORE },
    {
      path: 'app.yaml',
      contents: changeAppYaml(appYaml, readFileSync(appYaml, 'utf8'), { entrypoint: ENTRYPOINT }),
    },
    {
      path: 'package.json',
      contents: json({ ...identity, private: true, type: 'module', engines, scripts: { start: ENTRYPOINT } }),
    },
    {
      path: 'package-lock.json',
      contents: json({
        ...identity,
        lockfileVersion: 3,
        requires: true,
        packages: { '': { ...identity, engines } },
      }),
    },
  ];
}
