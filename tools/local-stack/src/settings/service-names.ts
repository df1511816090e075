import type { AppEngineEmulator } from '@waybill/app-engine-emulator';
import { folderOfService, listServiceFolders } from '@waybill/google-config';

/** The services that come first, so that each keeps its debugger's port; others follow by name. */
const FIRST = ['frontend', 'worker', 'console'];

/** Lists the services of an application, by the names of their folders in apps/: each folder with an app.yaml. */
export function stackServices(rootDir: string): string[] {
  const folders = listServiceFolders(rootDir);
  return [
    ...FIRST.filter((name) => folders.includes(name)),
    ...folders.filter((name) => !FIRST.includes(name)),
  ];
}

/** The version that a service has where none is named. */
export const DEFAULT_VERSION = 'v1';

/** Name of a service in logs: its folder in apps/. A version other than the default is named too: `worker@v2`. */
export function sourceName(service: string, version: string): string {
  const name = folderOfService(service);
  return version === DEFAULT_VERSION ? name : `${name}@${version}`;
}

/** The host that leads to a version of a service; for the default version, to the version that serves. */
export function hostOf(service: string, version: string): string {
  const names = [
    version === DEFAULT_VERSION ? [] : [version],
    service === 'default' && version === DEFAULT_VERSION ? [] : [service],
  ];
  return [...names.flat(), 'localhost'].join('.');
}

/** The hosts of all versions that run. */
export function serviceHosts(appEngine: AppEngineEmulator): string[] {
  return appEngine.services().map(({ service, version }) => hostOf(service, version));
}
