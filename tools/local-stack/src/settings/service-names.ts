import type { AppEngineEmulator } from '@waybill/app-engine-emulator';

/** The services of the stack, by the names of their folders in apps/. */
export const SERVICE_FOLDERS = ['frontend', 'worker', 'console'] as const;
export type ServiceFolder = (typeof SERVICE_FOLDERS)[number];

/** The version that a service has where none is named. */
export const DEFAULT_VERSION = 'v1';

/** App Engine's name of the service in a folder of apps/. */
export function serviceName(folder: ServiceFolder): string {
  return folder === 'frontend' ? 'default' : folder;
}

/** Name of a service in logs: its folder in apps/. A version other than the default is named too: `worker@v2`. */
export function sourceName(service: string, version: string): string {
  const name = service === 'default' ? 'frontend' : service;
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
