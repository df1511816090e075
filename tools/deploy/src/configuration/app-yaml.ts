import { readFileSync } from 'node:fs';
import { isMap, parseDocument } from 'yaml';
import { DeploymentError } from '../deployment-error.ts';

/** What staging and rehearsal need of an app.yaml; gcloud's own parser checks the rest. */
export interface AppYaml {
  /** The file as it was named, for messages. */
  readonly file: string;
  /** Default `default`. */
  readonly service: string;
  readonly runtime: string;
  /** The shell command that starts the service in the folder of its app.yaml. */
  readonly entrypoint: string;
  readonly instanceClass: string;
  readonly envVariables: Readonly<Record<string, string>>;
  /** Whether an instance is asked for `/_ah/warmup` before anything else. */
  readonly warmup: boolean;
}

/** Reads an app.yaml. @throws {DeploymentError} naming all that is missing or of the wrong kind */
export function readAppYaml(file: string): AppYaml {
  return parseAppYaml(file, readText(file));
}

/** The same of a text. */
export function parseAppYaml(file: string, text: string): AppYaml {
  const content: unknown = parsedDocument(file, text).toJS();
  const root = content as Record<string, unknown>;
  const problems: string[] = [];
  const textOf = (key: string, fallback?: string): string => {
    const value = root[key] ?? fallback;
    if (typeof value === 'string' && value !== '') return value;
    problems.push(value === undefined ? `"${key}" is missing` : `"${key}" must be text`);
    return '';
  };
  const envVariables: Record<string, string> = {};
  for (const [name, value] of Object.entries((root['env_variables'] ?? {}) as Record<string, unknown>)) {
    // gcloud writes other kinds as Python does: `true` becomes True, `1e3` becomes 1000.0.
    if (typeof value === 'string') envVariables[name] = value;
    else problems.push(`the environment variable ${name} must be text: put it in quotes`);
  }
  const inbound = root['inbound_services'];
  const result: AppYaml = {
    file,
    service: textOf('service', 'default'),
    runtime: textOf('runtime'),
    // Without one App Engine runs `npm start`, and npm does not pass SIGTERM on in time.
    entrypoint: textOf('entrypoint'),
    instanceClass: textOf('instance_class', 'F1'),
    envVariables,
    warmup: Array.isArray(inbound) && inbound.includes('warmup'),
  };
  if (problems.length > 0) throw new DeploymentError(`${file}: ${problems.join('; ')}`);
  return result;
}

/** The same file with another entry point and further variables; comments and order stay. */
export function changeAppYaml(
  file: string,
  text: string,
  changes: { entrypoint?: string; envVariables?: Readonly<Record<string, string>> },
): string {
  const document = parsedDocument(file, text);
  if (changes.entrypoint !== undefined) document.set('entrypoint', changes.entrypoint);
  for (const [name, value] of Object.entries(changes.envVariables ?? {})) {
    document.setIn(['env_variables', name], document.createNode(value, { flow: false }));
  }
  return document.toString({ lineWidth: 0, flowCollectionPadding: false });
}

function parsedDocument(file: string, text: string) {
  const document = parseDocument(text);
  const [error] = document.errors;
  if (error !== undefined) throw new DeploymentError(`${file}: ${error.message}`);
  if (!isMap(document.contents)) throw new DeploymentError(`${file}: must be a mapping, like an app.yaml`);
  return document;
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new DeploymentError(`${file} can't be read: ${(error as Error).message}`, { cause: error });
  }
}
