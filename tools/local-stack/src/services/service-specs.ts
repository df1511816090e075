import { join } from 'node:path';
import type { ServiceSpec } from '@waybill/app-engine-emulator';
import { DEFAULT_VERSION } from '../settings/service-names.ts';

/** A further version of a service, beside the `v1` that takes its traffic. */
export interface ExtraVersion {
  /** The name of its folder in apps/. */
  readonly service: string;
  readonly version: string;
  /** The root of the sources that it runs from, with apps/. Default: those of the stack. */
  readonly rootDir?: string;
  /** Environment variables of this version alone. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** Environment variables that are set over those of app.yaml. */
export interface ServiceVariables {
  /** Of the versions of one service, by the name of its folder; anything else wins. */
  readonly defaults: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Of every version. */
  readonly all: Readonly<Record<string, string>>;
  /** Of the versions of one service, by the name of its folder. */
  readonly perService: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** Lists the versions that App Engine runs: each service's default version, which serves, and the extra ones. */
export function serviceSpecs(
  appYamls: Readonly<Record<string, string>>,
  extraVersions: readonly ExtraVersion[],
  { defaults, all, perService }: ServiceVariables,
): ServiceSpec[] {
  const appYamlOf = (service: string): string => {
    const appYaml = appYamls[service];
    if (appYaml !== undefined) return appYaml;
    throw new Error(
      `There is no service "${service}" in apps/; there are ${Object.keys(appYamls).join(', ')}`,
    );
  };
  return [
    ...Object.entries(appYamls).map(([folder, appYaml]) => ({
      appYaml,
      version: DEFAULT_VERSION,
      serving: true,
      env: { ...defaults[folder], ...all, ...perService[folder] },
    })),
    ...extraVersions.map(({ service, version, rootDir, environment }) => ({
      appYaml: rootDir === undefined ? appYamlOf(service) : join(rootDir, 'apps', service, 'app.yaml'),
      version,
      env: { ...defaults[service], ...all, ...perService[service], ...environment },
    })),
  ];
}
