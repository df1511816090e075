import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type AppEngineEmulator, startAppEngineEmulator } from '@waybill/app-engine-emulator';
import type { Clock } from '@waybill/emulator-kit';
import type { RunningPorts } from '../ports/stack-ports.ts';
import { HOST, PROJECT } from '../settings/local-settings.ts';
import type { ServiceFolder } from '../settings/service-names.ts';
import { httpTaskSettings, schedulerHeaders } from './http-tasks.ts';
import { serviceOverlay, serviceSettings } from './service-overlay.ts';
import { type ExtraVersion, serviceSpecs } from './service-specs.ts';

/** Everything that App Engine and the services behind it are started with. */
export interface ServicesOptions {
  /** Holds cron.yaml and dispatch.yaml, if there are any. */
  readonly rootDir: string;
  readonly appYamls: Readonly<Record<ServiceFolder, string>>;
  readonly extraVersions: readonly ExtraVersion[];
  readonly ports: RunningPorts;
  /** Where the console finds the stack's control server. */
  readonly control: { readonly url: string; readonly token: string };
  /** Tasks and the sweep come over HTTP with ID tokens, as on Cloud Run. */
  readonly usesHttpTasks: boolean;
  /** Environment variables of every version, over the stack's own. */
  readonly serviceEnvironment: Readonly<Record<string, string>>;
  readonly environment: Readonly<Record<string, string>>;
  /** Shows the front door that a request is Cloud Tasks' own. */
  readonly trustedToken: string;
  readonly clock: Clock;
}

/** Starts App Engine's front door and the services; they may not be ready yet. */
export function startServices(options: ServicesOptions): Promise<AppEngineEmulator> {
  const { rootDir, ports, usesHttpTasks, clock, trustedToken, environment } = options;
  const cronYaml = join(rootDir, 'cron.yaml');
  const dispatchYaml = join(rootDir, 'dispatch.yaml');
  return startAppEngineEmulator({
    host: HOST,
    port: ports.frontDoor,
    project: PROJECT,
    services: serviceSpecs(options.appYamls, options.extraVersions, {
      all: {
        ...serviceOverlay(ports),
        ...(usesHttpTasks && httpTaskSettings(ports)),
        ...options.serviceEnvironment,
      },
      perService: serviceSettings(options.control),
    }),
    ...(existsSync(cronYaml) && { cronYaml }),
    ...(existsSync(dispatchYaml) && { dispatchYaml }),
    ...(usesHttpTasks && { cronHeaders: () => schedulerHeaders(ports) }),
    clock,
    trustedToken,
    environment,
  });
}
