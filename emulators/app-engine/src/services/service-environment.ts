import { type AppYaml, INSTANCE_MEMORY_MB } from '@waybill/google-config';
import type { AppEngineApplication } from '../front-door/app-engine-host.ts';
import type { serviceTokenHeader } from '../front-door/request-headers.ts';

/** Variable with the secret that every request of the front door carries in its header {@link serviceTokenHeader}. */
const SERVICE_TOKEN_VARIABLE = 'APP_ENGINE_EMULATOR_SERVICE_TOKEN';

/**
 * The whole environment of an instance. Later ones win: the base (PATH and the like), NODE_ENV=production, app.yaml's
 * `env_variables`, what App Engine itself sets, the emulator's own, and the overlay, by which a laptop points Google's clients at
 * emulators.
 * Source of the names: "Runtime environment" of App Engine's documentation for Node.js.
 */
export function serviceEnvironment(options: {
  base: Record<string, string | undefined>;
  appYaml: AppYaml;
  application: AppEngineApplication;
  version: string;
  instance: string;
  deploymentId: string;
  port: number;
  serviceToken: string;
  overlay: Record<string, string>;
}): Record<string, string> {
  const { appYaml, application } = options;
  return {
    ...definedVariables(options.base),
    NODE_ENV: 'production',
    ...appYaml.envVariables,
    PORT: String(options.port),
    // Not App Engine's. The front door is on this machine, and the service believes the headers that it adds: nobody on
    // the network may reach the service past it.
    LISTEN_HOST: '127.0.0.1',
    [SERVICE_TOKEN_VARIABLE]: options.serviceToken,
    GAE_ENV: 'standard',
    GAE_RUNTIME: appYaml.runtime,
    GAE_SERVICE: appYaml.service,
    GAE_VERSION: options.version,
    GAE_INSTANCE: options.instance,
    GAE_DEPLOYMENT_ID: options.deploymentId,
    GAE_MEMORY_MB: String(INSTANCE_MEMORY_MB[appYaml.instanceClass]),
    // "e" stands for Europe, "s" for the United States; other regions have letters of their own that no code relies on.
    GAE_APPLICATION: `${application.regionId.startsWith('e') ? 'e' : 's'}~${application.project}`,
    GOOGLE_CLOUD_PROJECT: application.project,
    ...options.overlay,
  };
}

/** The whole environment of a build's script: the base and app.yaml's `build_env_variables`. */
export function buildEnvironment(
  base: Record<string, string | undefined>,
  { buildEnvVariables }: AppYaml,
): Record<string, string> {
  return { ...definedVariables(base), ...buildEnvVariables };
}

function definedVariables(variables: Record<string, string | undefined>): Record<string, string> {
  const defined = Object.entries(variables).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  return Object.fromEntries(defined);
}
