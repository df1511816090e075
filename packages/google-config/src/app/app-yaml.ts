import { YamlFile } from '../yaml/yaml-file.ts';
import { type InstanceClass, instanceClasses, isInstanceClass } from './instance-class.ts';
import { parseScaling, type Scaling } from './scaling.ts';

/** What an app.yaml says, defaults filled in. */
export interface AppYaml {
  /** The file as it was named to us, for messages. */
  file: string;
  service: string;
  runtime: string;
  /** The shell command that starts the service in the folder of its app.yaml. Default `npm start`. */
  entrypoint: string;
  envVariables: Record<string, string>;
  instanceClass: InstanceClass;
  scaling: Scaling;
  /** `inbound_services: [warmup]`: a new instance gets GET /_ah/warmup before any other request. */
  warmup: boolean;
}

const appKeys = [
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
  'runtime_config',
  'main',
  'runtime_channel',
];

// Taken out of the way by gcloud itself with a hint, or not for Node.js: named apart so that the message can help.
const refusedKeys: Record<string, string> = {
  application: 'remove it: the project is given on the command line',
  project: 'remove it: the project is given on the command line',
  version: 'remove it: the version is given when the service is started or deployed',
  threadsafe: 'remove it: Node.js runtimes have no such setting',
  skip_files: 'remove it and use .gcloudignore: Node.js runtimes have no such setting',
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

const inboundServices = [
  'mail',
  'mail_bounce',
  'xmpp_message',
  'xmpp_subscribe',
  'xmpp_presence',
  'xmpp_error',
  'channel_presence',
  'rest',
  'warmup',
];

const handlerKeys = [
  'url',
  'script',
  'static_files',
  'static_dir',
  'upload',
  'mime_type',
  'expiration',
  'require_matching_file',
  'http_headers',
  'secure',
  'login',
  'auth_fail_action',
  'redirect_http_response_code',
];

/** The names that App Engine allows for services and versions. */
export const serviceNamePattern = /^(?!-)[a-z\d-]{0,62}[a-z\d]$/;

/**
 * Reads an app.yaml as strictly as gcloud does, and where gcloud leaves a check to the server (the instance class, and that it
 * fits the scaling), as the server does. What this emulator can't do (other runtimes, static files, `login`) is refused, never
 * passed over in silence. An
 * environment variable without a value is refused too, where gcloud would set it to the text `None`.
 * @throws {YamlFileError} naming every problem with its line.
 */
export function parseAppYaml(file: string, text: string): AppYaml {
  const yaml = new YamlFile(file, text);
  if (yaml.content === undefined) yaml.problem([], 'the file is empty; an app.yaml needs at least "runtime"');
  const root = yaml.mapping(yaml.content, [], 'app.yaml') ?? {};
  for (const key of Object.keys(root)) {
    const reason = refusedKeys[key];
    if (reason) yaml.problem([key], `"${key}" is not allowed here; ${reason}`);
    else if (!appKeys.includes(key)) {
      yaml.problem([key], `unknown key "${key}" in app.yaml; known keys: ${appKeys.join(', ')}`);
    }
  }
  if (yaml.content !== undefined && (root['runtime'] ?? undefined) === undefined) {
    yaml.problem([], '"runtime" is missing; for example runtime: nodejs24');
  }
  if (root['service'] !== undefined && root['module'] !== undefined) {
    yaml.problem(['module'], '"module" is the old name of "service"; give only "service"');
  }
  if (root['env'] !== undefined && root['env'] !== 'standard' && root['env'] !== 1) {
    yaml.problem(['env'], 'only the standard environment runs here; remove "env" or write env: standard');
  }
  const runtime = yaml.text(
    root['runtime'],
    ['runtime'],
    '"runtime"',
    /^nodejs\d{2,}$/,
    'a Node.js runtime such as nodejs24',
  );
  const serviceKey = root['service'] === undefined ? 'module' : 'service';
  const service = yaml.text(
    root[serviceKey],
    [serviceKey],
    '"service"',
    serviceNamePattern,
    'lower-case letters, digits and inner hyphens, at most 63',
  );
  if (service?.includes('-dot-')) {
    yaml.problem([serviceKey], '"service" must not contain "-dot-", which separates names in host names');
  }
  const scaling = parseScaling(yaml, root);
  const result: AppYaml = {
    file,
    service: service ?? 'default',
    runtime: runtime ?? 'nodejs24',
    entrypoint:
      yaml.text(root['entrypoint'], ['entrypoint'], '"entrypoint"', /\S/, 'a shell command') ?? 'npm start',
    envVariables: parseEnvVariables(yaml, root['env_variables'], 'env_variables'),
    instanceClass: parseInstanceClass(yaml, root['instance_class'], scaling),
    scaling,
    warmup: parseInboundServices(yaml, root['inbound_services']).includes('warmup'),
  };
  parseEnvVariables(yaml, root['build_env_variables'], 'build_env_variables');
  checkHandlers(yaml, root['handlers']);
  yaml.throwIfBad();
  return result;
}

function parseInstanceClass(yaml: YamlFile, value: unknown, scaling: Scaling): InstanceClass {
  const usual = scaling.kind === 'automatic' ? 'F1' : 'B2';
  if (value === undefined || value === null) return usual;
  if (!isInstanceClass(value)) {
    const known = Object.keys(instanceClasses).join(', ');
    yaml.problem(
      ['instance_class'],
      `"instance_class" must be one of ${known}, got ${JSON.stringify(value)}`,
    );
    return usual;
  }
  if (value.startsWith('F') !== (scaling.kind === 'automatic')) {
    const letter = scaling.kind === 'automatic' ? 'F' : 'B';
    yaml.problem(
      ['instance_class'],
      `${scaling.kind} scaling needs an instance class ${letter}…, got ${value}`,
    );
  }
  return value;
}

function parseEnvVariables(yaml: YamlFile, value: unknown, key: string): Record<string, string> {
  const result: Record<string, string> = {};
  for (const [name, raw] of Object.entries(yaml.mapping(value, [key], key) ?? {})) {
    const text = asPythonText(raw, yaml.sourceOf([key, name]));
    if (text === undefined) {
      yaml.problem([key, name], `the environment variable ${name} must be text, a number or a boolean`);
    } else if (!/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name)) {
      yaml.problem(
        [key, name],
        `"${name}" is no name for an environment variable: letters, digits and _ only`,
      );
    } else {
      result[name] = text;
    }
  }
  return result;
}

/** gcloud writes values as Python does, so that is what a deployed service sees: True for `yes`, 1000.0 for `1e3`. */
function asPythonText(value: unknown, source: string | undefined): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (value instanceof Date) return source;
  if (typeof value !== 'number') return undefined;
  const isFloat = /[.e]/i.test(source ?? '') && !/^[-+]?0x/i.test(source ?? '');
  return isFloat && Number.isInteger(value) ? value.toFixed(1) : String(value);
}

function parseInboundServices(yaml: YamlFile, value: unknown): string[] {
  const names = yaml.list(value, ['inbound_services'], 'inbound_services') ?? [];
  names.forEach((name, index) => {
    if (typeof name !== 'string' || !inboundServices.includes(name)) {
      const known = inboundServices.join(', ');
      yaml.problem(
        ['inbound_services', index],
        `unknown inbound service ${JSON.stringify(name)}; known: ${known}`,
      );
    }
  });
  return names.filter((name) => typeof name === 'string');
}

function checkHandlers(yaml: YamlFile, value: unknown): void {
  const handlers = yaml.list(value, ['handlers'], 'handlers') ?? [];
  if (handlers.length > 100)
    yaml.problem(['handlers'], `at most 100 handlers are allowed, got ${handlers.length}`);
  handlers.forEach((item, index) => {
    const path = ['handlers', index];
    const handler = yaml.mapping(item, path, 'a handler', handlerKeys);
    if (!handler) return;
    if (handler['url'] === undefined) yaml.problem(path, 'a handler needs a "url"');
    yaml.text(
      handler['url'],
      [...path, 'url'],
      'a handler\'s "url"',
      /^(?!\^)[/.(].*/,
      'a pattern that starts with /',
    );
    if (handler['static_files'] !== undefined || handler['static_dir'] !== undefined) {
      yaml.problem(
        path,
        'static files are not served by this emulator; let the service serve them (script: auto)',
      );
    } else if (handler['script'] === undefined) {
      yaml.problem(path, 'a handler needs "script" (script: auto) or static files');
    } else if (handler['script'] !== 'auto') {
      yaml.problem(
        [...path, 'script'],
        `"script" must be auto for Node.js, got ${JSON.stringify(handler['script'])}`,
      );
    }
    if (handler['login'] !== undefined && handler['login'] !== 'optional') {
      yaml.problem(
        [...path, 'login'],
        '"login" is not supported for Node.js; check the request in the service',
      );
    }
    if (
      handler['secure'] !== undefined &&
      !['always', 'never', 'optional', 'default'].includes(String(handler['secure']))
    ) {
      yaml.problem([...path, 'secure'], '"secure" must be always, never, optional or default');
    }
  });
}
