import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Lists the folders in `apps/` that have an app.yaml, sorted: the services. */
export function listServiceFolders(rootDir: string): string[] {
  const appsDir = join(rootDir, 'apps');
  return readdirSync(appsDir, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(appsDir, entry.name, 'app.yaml')))
    .map(({ name }) => name)
    .sort();
}

/** App Engine's name of the service in a folder of `apps/`: the folder's own, but `default` for the front. */
export function serviceOfFolder(folder: string): string {
  return folder === 'frontend' ? 'default' : folder;
}

/** The folder in `apps/` of a service. */
export function folderOfService(service: string): string {
  return service === 'default' ? 'frontend' : service;
}
