import { existsSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { readFileText } from '../yaml/read-file-text.ts';
import { parseYaml, type YamlFile } from '../yaml/yaml-file.ts';
import { YamlFileError } from '../yaml/yaml-file-error.ts';
import { parseEnvironmentVariables } from './environment-variables.ts';
import { type Handler, parseIncludedHandler } from './handlers.ts';

/** The content of all files that an app.yaml includes. */
export interface Included {
  /** Handlers before and behind those of the app.yaml. */
  readonly head: readonly Handler[];
  readonly tail: readonly Handler[];
  /** They win over those of the app.yaml, and later files over earlier ones. */
  readonly envVariables: Readonly<Record<string, string>>;
  /** The most instances of a file's `manual_scaling`; undefined: no file has it. */
  readonly manualInstances: number | undefined;
  /** All problems of the included files, each with file and line. */
  readonly problems: readonly string[];
}

const INCLUDE_KEYS = ['includes', 'handlers', 'env_variables', 'build_env_variables', 'manual_scaling'];

/**
 * Reads the files that `includes` names, and those that these include, as gcloud merges them: in the order in which they
 * are met, each once. Source: appinfo_includes.py of the Google Cloud SDK.
 * @param yaml the app.yaml; a file that is not there is a problem at its line
 */
export function readIncludes(yaml: YamlFile, value: unknown): Included {
  const merged = {
    head: [] as Handler[],
    tail: [] as Handler[],
    envVariables: {} as Record<string, string>,
    manualInstances: undefined as number | undefined,
    problems: [] as string[],
  };
  const seen = new Set<string>();
  const baseFolder = dirname(resolve(yaml.name));

  const follow = (from: YamlFile, list: unknown): void => {
    (from.list(list, ['includes'], 'includes') ?? []).forEach((item, index) => {
      const path = ['includes', index];
      const name = from.text(item, path, 'an include', /./, 'a file');
      if (name === undefined) return;
      const file = findInclude(name, dirname(resolve(from.name)), baseFolder);
      if (file === undefined) from.problem(path, `the included file "${name}" is not there`);
      else if (!seen.has(file)) {
        seen.add(file);
        include(file);
      }
    });
  };
  const include = (file: string): void => {
    try {
      const yamlOfInclude = parseYaml(file, readFileText(file));
      const root = yamlOfInclude.mapping(yamlOfInclude.content, [], 'an included file', INCLUDE_KEYS) ?? {};
      (yamlOfInclude.list(root['handlers'], ['handlers'], 'handlers') ?? []).forEach((item, index) => {
        const parsed = parseIncludedHandler(yamlOfInclude, item, ['handlers', index]);
        if (parsed) merged[parsed.isTail ? 'tail' : 'head'].push(parsed.handler);
      });
      Object.assign(
        merged.envVariables,
        parseEnvironmentVariables(yamlOfInclude, root['env_variables'], 'env_variables'),
      );
      parseEnvironmentVariables(yamlOfInclude, root['build_env_variables'], 'build_env_variables');
      const instances = parseManualInstances(yamlOfInclude, root['manual_scaling']);
      if (instances !== undefined) {
        merged.manualInstances = Math.max(instances, merged.manualInstances ?? 0);
      }
      follow(yamlOfInclude, root['includes']);
      yamlOfInclude.throwIfBad();
    } catch (error) {
      if (!(error instanceof YamlFileError)) throw error;
      merged.problems.push(...error.problems);
    }
  };
  follow(yaml, value);
  return merged;
}

function parseManualInstances(yaml: YamlFile, value: unknown): number | undefined {
  const scaling = yaml.mapping(value, ['manual_scaling'], 'manual_scaling', ['instances']);
  const path = ['manual_scaling', 'instances'];
  const text = yaml.text(scaling?.['instances'], path, '"instances"', /^[1-9]\d*$/, 'a whole number from 1');
  return text === undefined ? undefined : Number(text);
}

/** A file by its name: beside the file that includes it, beside the app.yaml, or by its full path. A folder has an include.yaml. */
function findInclude(name: string, folder: string, baseFolder: string): string | undefined {
  const places = [join(folder, name), join(baseFolder, name), resolve(name)];
  return places
    .map((place) => (isFolder(place) ? join(place, 'include.yaml') : place))
    .find((place) => existsSync(place));
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
