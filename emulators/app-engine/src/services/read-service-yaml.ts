import { statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type AppYaml, type Policy, readAppYaml } from '@waybill/google-config';

/**
 * Reads an app.yaml, or the one in a folder.
 * @throws {YamlFileError} naming all of its problems, settings that the emulator does not support too
 */
export function readServiceYaml(path: string): AppYaml {
  const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
  return readAppYaml(resolve(isFolder ? join(path, 'app.yaml') : path), refuseStaticFiles);
}

const refuseStaticFiles: Policy<AppYaml> = ({ handlers }, yaml) => {
  for (const { index, kind } of handlers) {
    if (kind !== 'static') continue;
    yaml.problem(
      ['handlers', index],
      'static files are not served by this emulator; let the service serve them (script: auto)',
    );
  }
};
