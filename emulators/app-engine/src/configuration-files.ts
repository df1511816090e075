import { readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseCronYaml } from '@waybill/google-config';
import { parseDispatchYaml } from '@waybill/google-config';
import { type AppYaml, parseAppYaml } from '@waybill/google-config';
import { YamlFileError } from '@waybill/google-config';

/**
 * Reads every file before anything is started.
 * @throws {YamlFileError} naming all problems of all files at once
 */
export function readFiles<Spec extends { appYaml: string }>(options: {
  services: readonly Spec[];
  cronYaml?: string;
  dispatchYaml?: string;
}) {
  const problems: string[] = [];
  const read = <Result>(parse: () => Result): Result | undefined => {
    try {
      return parse();
    } catch (error) {
      if (!(error instanceof YamlFileError)) throw error;
      problems.push(...error.problems);
      return undefined;
    }
  };
  const services = options.services.flatMap((spec) => {
    const appYaml = read(() => readAppYaml(spec.appYaml));
    return appYaml ? [{ spec, appYaml }] : [];
  });
  const { cronYaml, dispatchYaml } = options;
  const cronJobs = cronYaml === undefined ? [] : read(() => parseCronYaml(cronYaml, readText(cronYaml)));
  const dispatchRules =
    dispatchYaml === undefined ? [] : read(() => parseDispatchYaml(dispatchYaml, readText(dispatchYaml)));
  if (problems.length > 0) throw new YamlFileError(problems);
  return { services, cronJobs: cronJobs ?? [], dispatchRules: dispatchRules ?? [] };
}

/**
 * Reads an app.yaml, or that of a folder.
 * @throws {YamlFileError} naming all of its problems
 */
export function readAppYaml(path: string): AppYaml {
  const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
  const file = isFolder ? join(path, 'app.yaml') : path;
  return parseAppYaml(resolve(file), readText(file));
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new YamlFileError([
      `${path}:1: can't be read: ${error instanceof Error ? error.message : String(error)}`,
    ]);
  }
}
