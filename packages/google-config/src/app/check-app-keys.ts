import type { YamlFile } from '../yaml/yaml-file.ts';

const APP_KEYS = [
  'runtime',
  'service',
  'module',
  'entrypoint',
  'env',
  'env_variables',
  'build_env_variables',
  'instance_class',
  'automatic_scaling',
  'basic_scaling',
  'manual_scaling',
  'inbound_services',
  'handlers',
  'service_account',
  'app_engine_apis',
  'vpc_access_connector',
  'default_expiration',
  'error_handlers',
  'includes',
  'runtime_config',
  'main',
  'runtime_channel',
];

/** Keys that App Engine refuses, with the remedy. */
const REFUSED_KEYS: Record<string, string> = {
  application: 'remove it: the project is given on the command line',
  project: 'remove it: the project is given on the command line',
  version: 'remove it: the version is given when the service is started or deployed',
  threadsafe: 'remove it: Node.js runtimes have no such setting',
  skip_files: 'remove it and use .gcloudignore: Node.js runtimes have no such setting',
  builtins: 'remove it: Node.js runtimes have no builtins',
  admin_console: 'remove it: it belongs to the python27 runtime',
  libraries: 'remove it: only the python27 runtime has libraries',
  ...Object.fromEntries(
    [
      'beta_settings',
      'network',
      'resources',
      'zones',
      'liveness_check',
      'readiness_check',
      'health_check',
      'vm',
    ].map((key) => [key, 'remove it: it belongs to the flexible environment']),
  ),
};

/** Notes the keys of an app.yaml that App Engine refuses or does not know. */
export function checkAppKeys(yaml: YamlFile, root: Readonly<Record<string, unknown>>): void {
  for (const key of Object.keys(root)) {
    const remedy = REFUSED_KEYS[key];
    if (remedy) yaml.problem([key], `"${key}" is not allowed here; ${remedy}`);
    else if (!APP_KEYS.includes(key)) {
      yaml.problem([key], `unknown key "${key}" in app.yaml; known keys: ${APP_KEYS.join(', ')}`);
    }
  }
}
