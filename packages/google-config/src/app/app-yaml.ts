import { readFileText } from '../yaml/read-file-text.ts';
import { type Policy, parseYaml, type YamlFile } from '../yaml/yaml-file.ts';
import { YamlFileError } from '../yaml/yaml-file-error.ts';
import { checkAppKeys } from './check-app-keys.ts';
import { parseEnvironmentVariables } from './environment-variables.ts';
import { type ErrorHandler, parseErrorHandlers } from './error-handlers.ts';
import { parseExpiration } from './expiration.ts';
import { type Handler, MAX_HANDLERS, parseHandlers } from './handlers.ts';
import { parseInboundServices } from './inbound-services.ts';
import { readIncludes } from './includes.ts';
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
  /** Those of included files stand where gcloud puts them. */
  readonly handlers: readonly Handler[];
  readonly errorHandlers: readonly ErrorHandler[];
  /** How long clients may keep static files whose handler does not say; undefined: App Engine's ten minutes. */
  readonly defaultExpirationSeconds: number | undefined;
  /** Variables of the build, such as GOOGLE_NODE_RUN_SCRIPTS. */
  readonly buildEnvVariables: Readonly<Record<string, string>>;
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
  const included = readIncludes(yaml, root['includes']);
  const app: AppYaml = {
    file,
    service: parseServiceName(yaml, root) ?? 'default',
    runtime: parseRuntime(yaml, root) ?? 'nodejs24',
    entrypoint:
      yaml.text(root['entrypoint'], ['entrypoint'], '"entrypoint"', /\S/, 'a shell command') ?? 'npm start',
    envVariables: {
      ...parseEnvironmentVariables(yaml, root['env_variables'], 'env_variables'),
      ...included.envVariables,
    },
    buildEnvVariables: parseEnvironmentVariables(yaml, root['build_env_variables'], 'build_env_variables'),
    ...parseScalingAndClass(yaml, root, included.manualInstances),
    handlers: [...included.head, ...parseHandlers(yaml, root['handlers']), ...included.tail],
    errorHandlers: parseErrorHandlers(yaml, root['error_handlers']),
    defaultExpirationSeconds: parseExpiration(yaml, root['default_expiration'], ['default_expiration']),
    warmup: parseInboundServices(yaml, root['inbound_services']).includes('warmup'),
  };
  if (app.handlers.length > MAX_HANDLERS && root['includes'] !== undefined) {
    const total = `${app.handlers.length} with those of included files`;
    yaml.problem(['includes'], `at most ${MAX_HANDLERS} handlers are allowed, got ${total}`);
  }
  policy(app, yaml, []);
  throwIfBad(yaml, included.problems);
  return app;
}

/** The scaling; an included file can raise the instances of manual scaling, and choose it where the app.yaml chooses none. */
function parseScalingAndClass(
  yaml: YamlFile,
  root: Readonly<Record<string, unknown>>,
  includedInstances: number | undefined,
): Pick<AppYaml, 'scaling' | 'instanceClass'> {
  const scaling = parseScaling(yaml, root);
  if (includedInstances === undefined) {
    return { scaling, instanceClass: parseInstanceClass(yaml, root['instance_class'], scaling) };
  }
  const other = ['automatic_scaling', 'basic_scaling'].find((key) => root[key] !== undefined);
  if (other !== undefined) {
    yaml.problem([other], `an included file has "manual_scaling": only one kind of scaling is allowed`);
  }
  const own = scaling.kind === 'manual' ? scaling.instances : 0;
  const manual: Scaling = { kind: 'manual', instances: Math.max(own, includedInstances) };
  return { scaling: manual, instanceClass: parseInstanceClass(yaml, root['instance_class'], manual) };
}

/** @throws {YamlFileError} with the problems of the file and of those that it includes */
function throwIfBad(yaml: YamlFile, problemsOfIncludes: readonly string[]): void {
  const own = yaml.problems.map(({ line, text }) => `${yaml.name}:${line}: ${text}`);
  const problems = [...own, ...problemsOfIncludes];
  if (problems.length > 0) throw new YamlFileError(problems);
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
