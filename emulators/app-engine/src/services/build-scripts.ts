import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { AppYaml } from '@waybill/google-config';

/**
 * The scripts of package.json that App Engine's build runs after the install: those of GOOGLE_NODE_RUN_SCRIPTS in
 * `build_env_variables`, or `gcp-build`, or `build`. An empty variable or script turns them off.
 */
export function buildScripts({ file, buildEnvVariables }: AppYaml): readonly string[] {
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
