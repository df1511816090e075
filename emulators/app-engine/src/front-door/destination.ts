import type { DispatchRule } from '@waybill/google-config';
import type { ServiceRegistry } from '../services/service-registry.ts';
import type { ServiceVersion } from '../services/service-version.ts';
import type { Visitor } from '../services/traffic-split.ts';
import { type AppEngineApplication, appspotHosts, hostName, parseAppEngineHost } from './app-engine-host.ts';
import { dispatchTarget } from './dispatch-target.ts';

/** The version, and perhaps the instance, that a request goes to, or why there is none. */
export type Destination =
  | { version: ServiceVersion; instance?: number; setCookie?: string | undefined }
  | { notFound: string };

/** Where a request goes: dispatch rules first, unless its host names a version; then the host. */
export function findDestination(
  { host, path, visitor }: { host: string | undefined; path: string; visitor: Visitor },
  options: {
    application: AppEngineApplication;
    registry: ServiceRegistry;
    dispatchRules: readonly DispatchRule[];
  },
): Destination {
  const { application, registry } = options;
  const target = parseAppEngineHost(host, application);
  if (target.kind === 'unknown') return { notFound: target.reason };
  if (target.kind === 'version')
    return namedVersion(registry, target.service, target.version, target.instance);
  const names = target.kind === 'service-or-version' ? target.name : 'default';
  const isService = registry.versions(names).length > 0;
  if (!isService && registry.version('default', names)) return namedVersion(registry, 'default', names);
  const hosts = [hostName(host), ...(isService ? appspotHosts(names, application) : [])];
  const [pathname = ''] = path.split('?', 1);
  const dispatched = dispatchTarget(options.dispatchRules, hosts, pathname);
  const service = dispatched ?? names;
  const serving = registry.serving(service, visitor);
  if (serving) return serving;
  const known = `services: ${registry.serviceNames.join(', ')}`;
  if (dispatched !== undefined)
    return { notFound: `dispatch.yaml names a service "${service}", which is not there (${known})` };
  return {
    notFound: `there is no service "${service}", nor a version of the default service with that name (${known})`,
  };
}

function namedVersion(
  registry: ServiceRegistry,
  service: string,
  name: string,
  instance?: string,
): Destination {
  const version = registry.version(service, name);
  if (!version) {
    const versions = registry.versions(service).map((known) => known.version);
    const known =
      versions.length > 0
        ? `its versions: ${versions.join(', ')}`
        : `services: ${registry.serviceNames.join(', ')}`;
    return { notFound: `there is no version "${name}" of a service "${service}" (${known})` };
  }
  if (instance === undefined) return { version };
  const position = /^\d{1,4}$/.test(instance) ? Number(instance) : Number.NaN;
  if (!version.isAddressable(position)) {
    return {
      notFound: `version "${name}" of service "${service}" has no instance "${instance}" (only basic and manual scaling have, counted from 0)`,
    };
  }
  return { version, instance: position };
}
