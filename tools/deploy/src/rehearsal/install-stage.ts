import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { atExit } from '../process/at-exit.ts';
import { RehearsalError } from './rehearsal-error.ts';

const INSTALL_TIMEOUT_MS = 300_000;

/** Variables that npm needs to find its registry and its cache; none of the npm that runs this process. */
const PASSED_ON =
  /^(HOME|TMPDIR|LANG|(https?|no)_proxy|npm_config_(registry|cache|userconfig|cafile|offline|prefer_offline)|NODE_EXTRA_CA_CERTS)$/i;

/**
 * Installs as App Engine's build does: `npm ci` without development dependencies, then `gcp-build` if there is one. (The
 * build installs the development ones too where there is a `gcp-build`, and takes them out after it.)
 * Source: "Node.js runtime" and "Running a custom build step" in App Engine's documentation.
 * @param options.nodeDir where the Node is that npm is to run on
 */
export async function installStage(options: {
  folder: string;
  environment: Readonly<Record<string, string | undefined>>;
  nodeDir: string;
}): Promise<void> {
  const { folder, environment, nodeDir } = options;
  const env = {
    ...Object.fromEntries(Object.entries(environment).filter(([name]) => PASSED_ON.test(name))),
    PATH: [nodeDir, environment['PATH']].filter(Boolean).join(':'),
    NODE_ENV: 'production',
  };
  const scripts = scriptsOf(folder);
  const quiet = ['--no-audit', '--no-fund', '--prefer-offline'];
  if (scripts['gcp-build'] === undefined) {
    await npm(['ci', '--omit=dev', ...quiet]);
    return;
  }
  await npm(['ci', '--include=dev', ...quiet]);
  await npm(['run', 'gcp-build']);
  await npm(['prune', '--omit=dev', ...quiet]);

  function npm(args: string[]): Promise<void> {
    return new Promise((resolve, reject) => {
      const options = { cwd: folder, env, timeout: INSTALL_TIMEOUT_MS };
      const child = execFile('npm', args, options, (error, stdout, stderr) => {
        cancelCleanup();
        if (error === null) resolve();
        else {
          const lines = `${stdout}\n${stderr}`.trim().split('\n').slice(-20);
          reject(new RehearsalError('install', `npm ${args.join(' ')} failed`, lines));
        }
      });
      const cancelCleanup = atExit(() => child.kill());
    });
  }
}

/** Where this process's Node is: a folder with nothing else in it, where npm has brought it along. */
export function ownNodeDir(execPath: string): string {
  return dirname(execPath);
}

function scriptsOf(folder: string): Record<string, string | undefined> {
  try {
    const content = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
      scripts?: Record<string, string>;
    };
    return content.scripts ?? {};
  } catch (error) {
    throw new RehearsalError('install', `its package.json can't be read: ${(error as Error).message}`);
  }
}
