import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { AppYaml } from '@waybill/google-config';

/**
 * The commands of App Engine's build, in their order.
 * @param options.install whether the packages of package.json are installed first
 */
export function buildCommands(appYaml: AppYaml, options: { install: boolean }): readonly string[] {
  const folder = dirname(appYaml.file);
  const scripts = buildScripts(appYaml).map((script) => `npm run ${script}`);
  if (!options.install || !existsSync(join(folder, 'package.json'))) return scripts;
  const command = existsSync(join(folder, 'package-lock.json')) ? 'npm ci' : 'npm install';
  // A script of the build may need the packages of development.
  const kinds = scripts.length === 0 ? '--omit=dev' : '--include=dev';
  return [`${command} ${kinds} --no-audit --no-fund`, ...scripts];
}

/**
 * The scripts of package.json that App Engine's build runs after the install: those of GOOGLE_NODE_RUN_SCRIPTS in
 * `build_env_variables`, or `gcp-build`, or `build`. An empty variable or script turns them off.
 */
function buildScripts({ file, buildEnvVariables }: AppYaml): readonly string[] {
  const named = buildEnvVariables['GOOGLE_NODE_RUN_SCRIPTS'];
  if (named !== undefined) {
    return named
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== '');
  }
  const scripts = readScripts(join(dirname(file), 'package.json'));
  const script = ['gcp-build', 'build'].find((name) => scripts[name] !== undefined);
  return script === undefined || scripts[script] === '' ? [] : [script];
}

/** The scripts of a package.json; none where it cannot be read: npm says so when the service starts. */
function readScripts(path: string): Readonly<Record<string, unknown>> {
  try {
    const { scripts } = JSON.parse(readFileSync(path, 'utf8')) as { scripts?: Record<string, unknown> };
    return scripts ?? {};
  } catch {
    return {};
  }
}
