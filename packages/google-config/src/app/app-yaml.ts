import { readFileText } from '../yaml/read-file-text.ts';
import { type Policy, parseYaml, type YamlFile } from '../yaml/yaml-file.ts';
import { checkAppKeys } from './check-app-keys.ts';
import { parseEnvironmentVariables } from './environment-variables.ts';
import { type Handler, parseHandlers } from './handlers.ts';
import { parseInboundServices } from './inbound-services.ts';
import { type InstanceClass, parseInstanceClass } from './instance-class.ts';
import { parseScaling, type Scaling } from './scaling.ts';
import { SERVICE_NAME_PATTERN } from './service-name.ts';

/** The content of an app.yaml, with defaults filled in. */
export interface AppYaml {
  /** The file as the caller named it, for messages. */
  readonly file: string;
  readonly service: string;
  readonly runtime: string;
  /** The shell command that starts the service in the folder of its app.yaml. Default `npm start`. */
  readonly entrypoint: string;
  readonly envVariables: Readonly<Record<string, string>>;
  readonly instanceClass: InstanceClass;
  readonly scaling: Scaling;
  readonly handlers: readonly Handler[];
  /** `inbound_services: [warmup]`: a new instance gets GET /_ah/warmup before any other request. */
  readonly warmup: boolean;
}

/** Reads an app.yaml. @throws {YamlFileError} naming every problem, or that the file can't be read */
export function readAppYaml(file: string, policy?: Policy<AppYaml>): AppYaml {
  return parseAppYaml(file, readFileText(file), policy);
}

/**
 * Reads the text of an app.yaml as strictly as gcloud does. Where gcloud leaves a check to the server (the instance class,
 * and whether it fits the scaling), it checks as the server does. Only Node.js in the standard environment is known.
 * @throws {YamlFileError} naming every problem with its line
 */
export function parseAppYaml(file: string, text: string, policy: Policy<AppYaml> = () => {}): AppYaml {
  const yaml = parseYaml(file, text);
  if (yaml.content === undefined) yaml.problem([], 'the file is empty; an app.yaml needs at least "runtime"');
  const root = yaml.mapping(yaml.content, [], 'app.yaml') ?? {};
  checkAppKeys(yaml, root);
  const runtime = parseRuntime(yaml, root);
  const service = parseServiceName(yaml, root);
  const scaling = parseScaling(yaml, root);
  const app: AppYaml = {
    file,
    service: service ?? 'default',
    runtime: runtime ?? 'nodejs24',
    entrypoint:
      yaml.text(root['entrypoint'], ['entrypoint'], '"entrypoint"', /\S/, 'a shell command') ?? 'npm start',
    envVariables: parseEnvironmentVariables(yaml, root['env_variables'], 'env_variables'),
    instanceClass: parseInstanceClass(yaml, root['instance_class'], scaling),
    scaling,
    handlers: parseHandlers(yaml, root['handlers']),
    warmup: parseInboundServices(yaml, root['inbound_services']).includes('warmup'),
  };
  parseEnvironmentVariables(yaml, root['build_env_variables'], 'build_env_variables');
  policy(app, yaml, []);
  yaml.throwIfBad();
  return app;
}

function parseRuntime(yaml: YamlFile, root: Readonly<Record<string, unknown>>): string | undefined {
  const { runtime, env } = root;
  if (yaml.content !== undefined && (runtime ?? undefined) === undefined) {
    yaml.problem([], '"runtime" is missing; for example runtime: nodejs24');
  }
  if (env !== undefined && env !== 'standard' && env !== 1) {
    yaml.problem(['env'], 'only the standard environment runs here; remove "env" or write env: standard');
  }
  const expected = 'a Node.js runtime such as nodejs24';
  return yaml.text(runtime, ['runtime'], '"runtime"', /^nodejs\d{2,}$/, expected);
}

function parseServiceName(yaml: YamlFile, root: Readonly<Record<string, unknown>>): string | undefined {
  if (root['service'] !== undefined && root['module'] !== undefined) {
    yaml.problem(['module'], '"module" is the old name of "service"; give only "service"');
  }
  const key = root['service'] === undefined ? 'module' : 'service';
  const expected = 'lower-case letters, digits and inner hyphens, at most 63';
  const name = yaml.text(root[key], [key], '"service"', SERVICE_NAME_PATTERN, expected);
  if (name?.includes('-dot-')) {
    yaml.problem([key], '"service" must not contain "-dot-", which separates names in host names');
  }
  return name;
}
