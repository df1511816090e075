import { type AppYaml, INSTANCE_MEMORY_MB } from '@waybill/google-config';

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
    GAE_MEMORY_MB: String(INSTANCE_MEMORY_MB[appYaml.instanceClass]),
    GAE_APPLICATION: `s~${project}`,
    GOOGLE_CLOUD_PROJECT: project,
    ...options.extra,
  };
}
