import type { AppYaml } from '../configuration/app-yaml.ts';

/** What an instance of each class may use, in MB. Source: "Instance classes" in App Engine's documentation. */
const MEMORY_MB: Readonly<Record<string, number>> = {
  ...{ F1: 384, F2: 768, F4: 1536, F4_1G: 3072 },
  ...{ B1: 384, B2: 768, B4: 1536, B4_1G: 3072, B8: 3072 },
};

/**
 * All that a service finds in its environment: what app.yaml says, what App Engine sets, and `extra`, which wins.
 * Source of the names: "Runtime environment" in App Engine's documentation for Node.js.
 */
export function appEngineEnvironment(options: {
  appYaml: AppYaml;
  project: string;
  version: string;
  port: number;
  /** Where `node` is, and the shell's commands. */
  path: string;
  temporaryFolder: string;
  extra: Readonly<Record<string, string>>;
}): Record<string, string> {
  const { appYaml, project, version } = options;
  return {
    PATH: options.path,
    // App Engine's is /tmp, the one folder there that can be written to.
    TMPDIR: options.temporaryFolder,
    NODE_ENV: 'production',
    ...appYaml.envVariables,
    PORT: String(options.port),
    GAE_ENV: 'standard',
    GAE_RUNTIME: appYaml.runtime,
    GAE_SERVICE: appYaml.service,
    GAE_VERSION: version,
    GAE_INSTANCE: 'rehearsal-1',
    GAE_DEPLOYMENT_ID: '1',
    GAE_MEMORY_MB: String(MEMORY_MB[appYaml.instanceClass] ?? MEMORY_MB['F1']),
    GAE_APPLICATION: `s~${project}`,
    GOOGLE_CLOUD_PROJECT: project,
    ...options.extra,
  };
}
