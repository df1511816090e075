import { existsSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { type AppYaml, type Policy, readAppYaml } from '@waybill/google-config';

/**
 * Reads an app.yaml, or the one in a folder.
 * @throws {YamlFileError} naming all of its problems, error pages that are not there too
 */
export function readServiceYaml(path: string): AppYaml {
  const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
  return readAppYaml(resolve(isFolder ? join(path, 'app.yaml') : path), requireErrorPages);
}

const requireErrorPages: Policy<AppYaml> = ({ file, errorHandlers }, yaml) => {
  errorHandlers.forEach((handler, index) => {
    if (existsSync(join(dirname(file), handler.file))) return;
    yaml.problem(['error_handlers', index, 'file'], `the error page "${handler.file}" is not there`);
  });
};
