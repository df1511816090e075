import { existsSync } from 'node:fs';
import { join } from 'node:path';
import {
  type AppEngineEmulator,
  type ServiceSpec,
  startAppEngineEmulator,
} from '@waybill/app-engine-emulator';
import type { Clock } from '@waybill/emulator-kit';
import { declaredSecrets, placeholderSecrets } from '@waybill/google-config';
import { findInspectorPorts } from '../ports/find-inspector-ports.ts';
import type { RunningPorts } from '../ports/stack-ports.ts';
import { HOST, PROJECT } from '../settings/local-settings.ts';
import { DEFAULT_VERSION } from '../settings/service-names.ts';
import { httpTaskSettings, schedulerHeaders } from './http-tasks.ts';
import { serviceOverlay, serviceSettings } from './service-overlay.ts';
import { type ExtraVersion, serviceSpecs } from './service-specs.ts';

/** Everything that App Engine and the services behind it are started with. */
export interface ServicesOptions {
  /** Holds cron.yaml and dispatch.yaml, if there are any. */
  readonly rootDir: string;
  /** The app.yaml of each service, by the name of its folder in apps/. */
  readonly appYamls: Readonly<Record<string, string>>;
  readonly extraVersions: readonly ExtraVersion[];
  readonly ports: RunningPorts;
  /** Where the console finds the stack's control server. */
  readonly control: { readonly url: string; readonly token: string };
  /** Tasks and the sweep come over HTTP with ID tokens, as on Cloud Run. */
  readonly usesHttpTasks: boolean;
  /** Host names that requests may carry beside `localhost` and loopback addresses. */
  readonly allowHosts: readonly string[];
  /** Opens a debugger port in each instance. */
  readonly inspect: boolean;
  /** Environment variables of every version, over the stack's own. */
  readonly serviceEnvironment: Readonly<Record<string, string>>;
  readonly environment: Readonly<Record<string, string>>;
  /** Shows the front door that a request is Cloud Tasks' own. */
  readonly trustedToken: string;
  readonly clock: Clock;
}

/** Starts App Engine's front door and the services; they may not be ready yet. */
export async function startServices(options: ServicesOptions): Promise<AppEngineEmulator> {
  const { rootDir, ports, usesHttpTasks, clock, trustedToken, environment } = options;
  const cronYaml = join(rootDir, 'cron.yaml');
  const dispatchYaml = join(rootDir, 'dispatch.yaml');
  const services = serviceSpecs(options.appYamls, options.extraVersions, {
    defaults: Object.fromEntries(
      Object.keys(options.appYamls).map((folder) => [
        folder,
        placeholderSecrets(declaredSecrets(rootDir, folder)),
      ]),
    ),
    all: {
      ...serviceOverlay(ports),
      ...(usesHttpTasks && httpTaskSettings(ports, Object.keys(options.appYamls))),
      ...options.serviceEnvironment,
    },
    perService: serviceSettings(options.control),
  });
  return startAppEngineEmulator({
    host: HOST,
    port: ports.frontDoor,
    allowHosts: options.allowHosts,
    project: PROJECT,
    services: options.inspect ? await withInspectorPorts(services) : services,
    ...(existsSync(cronYaml) && { cronYaml }),
    ...(existsSync(dispatchYaml) && { dispatchYaml }),
    ...(usesHttpTasks && { cronHeaders: ({ target }) => schedulerHeaders(ports, target) }),
    clock,
    trustedToken,
    environment,
  });
}

/** A debugger that can be attached to a service. */
export interface ServiceDebugger {
  /** Host name of the service's version, without `.localhost`: `default`, `worker`, `v2.worker`. */
  readonly service: string;
  readonly port: number;
}

/** The debuggers of the first instance of each version; none without `inspect`. */
export function debuggersOf(appEngine: AppEngineEmulator): ServiceDebugger[] {
  return appEngine
    .services()
    .flatMap(({ service, version, instances }) => {
      const port = instances[0]?.inspectorPort;
      const name = version === DEFAULT_VERSION ? service : `${version}.${service}`;
      return port === undefined ? [] : [{ service: name, port }];
    })
    .toSorted((one, other) => one.port - other.port);
}

async function withInspectorPorts(services: readonly ServiceSpec[]): Promise<ServiceSpec[]> {
  const ports = await findInspectorPorts(services.length);
  return services.map((service, index) => ({ ...service, inspectorPort: ports[index] ?? 0 }));
}
