import type { UrlDispatchRule } from '../../src/configuration/read-deployable-dispatch-rules.ts';
import type { Operations } from './operations.ts';
import { json, notFound, type Route } from './stand-in-routes.ts';

/** A version as gcloud asked for it: the Admin API's `Version`, as far as tests look at it. */
export interface ReceivedVersion {
  readonly id: string;
  readonly service: string;
  readonly runtime: string;
  readonly serviceAccount?: string;
  readonly envVariables?: Readonly<Record<string, string>>;
  readonly entrypoint?: { readonly shell: string };
  readonly deployment: { readonly files: Readonly<Record<string, { readonly sha1Sum: string }>> };
}

/** An App Engine application, as its Admin API keeps it; tests may change its dispatch rules. */
export interface AppEngineAdmin {
  readonly routes: readonly Route[];
  readonly versions: readonly ReceivedVersion[];
  /** The shares that each service's versions were given. */
  readonly traffic: ReadonlyMap<string, Readonly<Record<string, number>>>;
  /** The ingress setting of each service that has one. */
  readonly ingress: ReadonlyMap<string, string>;
  readonly dispatchRules: UrlDispatchRule[];
}

/**
 * Starts with a version `v0` of each service, which has all traffic.
 * @param options.urlOf gives the address of this server, which is each version's address too
 */
export function createAppEngineAdmin(options: {
  project: string;
  bucket: string;
  services: readonly string[];
  operations: Operations;
  urlOf: () => string;
}): AppEngineAdmin {
  const { project, bucket, operations, urlOf } = options;
  const versions: ReceivedVersion[] = [];
  const dispatchRules: UrlDispatchRule[] = [];
  const traffic = new Map<string, Record<string, number>>(options.services.map((id) => [id, { v0: 1 }]));
  const ingress = new Map<string, string>();
  const serviceOf = (id: string): object => ({
    name: `apps/${project}/services/${id}`,
    id,
    split: { allocations: traffic.get(id) ?? {} },
    networkSettings: { ingressTrafficAllowed: ingress.get(id) ?? 'INGRESS_TRAFFIC_ALLOWED_ALL' },
  });
  const app = `/v1/apps/${project}`;
  const routes: readonly Route[] = [
    [
      new RegExp(`^GET ${app}$`),
      () => ({ ...applicationOf({ project, bucket, url: urlOf() }), dispatchRules }),
    ],
    [new RegExp(`^GET ${app}/services$`), () => ({ services: [...traffic.keys()].map(serviceOf) })],
    [
      new RegExp(`^GET ${app}/services/([\\w-]+)$`),
      ([id = '']) => {
        if (!traffic.has(id)) throw notFound(`service ${id}`);
        return serviceOf(id);
      },
    ],
    [
      new RegExp(`^PATCH ${app}/services/([\\w-]+)$`),
      ([id = ''], body) => {
        const { split, networkSettings } = json(body) as {
          split?: { allocations: Record<string, number> };
          networkSettings?: { ingressTrafficAllowed: string };
        };
        if (split !== undefined) traffic.set(id, split.allocations);
        if (networkSettings !== undefined) ingress.set(id, networkSettings.ingressTrafficAllowed);
        return operations.add(serviceOf(id));
      },
    ],
    [
      new RegExp(`^POST ${app}/services/([\\w-]+)/versions$`),
      ([service = ''], body) => {
        const version = { ...json(body), service } as unknown as ReceivedVersion;
        versions.push(version);
        if (!traffic.has(service)) traffic.set(service, { [version.id]: 1 });
        return operations.add({
          '@type': 'type.googleapis.com/google.appengine.v1.Version',
          ...versionOf(project, version, urlOf()),
        });
      },
    ],
    [
      new RegExp(`^GET ${app}/services/([\\w-]+)/versions/([\\w-]+)$`),
      ([service, id]) => {
        const found = versions.find((version) => version.service === service && version.id === id);
        if (found === undefined) throw notFound(`version ${id}`);
        return versionOf(project, found, urlOf());
      },
    ],
  ];
  return { routes, versions, traffic, ingress, dispatchRules };
}

function applicationOf({ project, bucket, url }: { project: string; bucket: string; url: string }): object {
  return {
    name: `apps/${project}`,
    id: project,
    locationId: 'us-central',
    codeBucket: bucket,
    defaultBucket: `${project}.appspot.com`,
    defaultHostname: new URL(url).host,
    gcrDomain: 'us.gcr.io',
    servingStatus: 'SERVING',
  };
}

function versionOf(project: string, version: ReceivedVersion, url: string): object {
  const { id, service, runtime, envVariables } = version;
  return {
    name: `apps/${project}/services/${service}/versions/${id}`,
    ...{ id, runtime, env: 'standard', servingStatus: 'SERVING', createTime: '2026-01-01T00:00:00Z' },
    ...(envVariables !== undefined && { envVariables }),
    versionUrl: url,
  };
}
