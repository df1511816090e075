import type { MessageTypes } from './message-types.ts';

/** A REST call in the terms of gRPC: the method, and where each part of its request message is. */
export interface RestCall {
  /** The full name, such as `google.cloud.tasks.v2.CloudTasks`. */
  readonly service: string;
  readonly method: string;
  /** Fields that the path gives. */
  readonly fields: Readonly<Record<string, string>>;
  /** What the body is: nothing, the whole request, or one field of it. */
  readonly body: 'none' | 'request' | { readonly field: string };
}

/** The `google.api.http` annotation of a method. */
interface HttpRule {
  readonly get?: string;
  readonly post?: string;
  readonly patch?: string;
  readonly delete?: string;
  readonly body?: string;
}

interface Route {
  readonly http: string;
  readonly pattern: RegExp;
  /** The fields that the groups of the pattern give. */
  readonly fieldNames: readonly string[];
  readonly service: string;
  readonly method: string;
  readonly body: RestCall['body'];
}

/** The versions of the API, as paths begin with them. */
const API_VERSIONS = ['v2', 'v2beta3', 'v2beta2'] as const;

/** Routes that the definitions of the client library lack. `VERSION` stands for each version of the API. */
const MORE_ROUTES: readonly (HttpRule & { readonly service: string; readonly method: string })[] = [
  {
    service: 'google.cloud.location.Locations',
    method: 'ListLocations',
    get: '/VERSION/{name=projects/*}/locations',
  },
  {
    service: 'google.cloud.location.Locations',
    method: 'GetLocation',
    get: '/VERSION/{name=projects/*/locations/*}',
  },
  {
    service: 'google.longrunning.Operations',
    method: 'GetOperation',
    get: '/VERSION/{name=projects/*/locations/*/operations/*}',
  },
  {
    service: 'google.cloud.tasks.VERSION.CloudTasks',
    method: 'BufferTask',
    post: '/VERSION/{queue=projects/*/locations/*/queues/*}/tasks:buffer',
    body: '*',
  },
  {
    service: 'google.cloud.tasks.VERSION.CloudTasks',
    method: 'BufferTask',
    post: '/VERSION/{queue=projects/*/locations/*/queues/*}/tasks/{task_id}:buffer',
    body: '*',
  },
];

/** Node's REST client calls Locations by the paths of its own definition. */
const V1_ROUTES: readonly Route[] = [
  toRoute('google.cloud.location.Locations', 'ListLocations', { get: '/v1/{name=projects/*}/locations' }),
  toRoute('google.cloud.location.Locations', 'GetLocation', { get: '/v1/{name=projects/*/locations/*}' }),
];

/**
 * The routes of all versions, by the http annotations of the definitions.
 * @returns finds what a request calls by its method and its decoded path without the query; undefined where there is no
 * such route
 */
export function createRouter(types: MessageTypes): (http: string, path: string) => RestCall | undefined {
  const routes = [...API_VERSIONS.flatMap((version) => routesOf(types, version)), ...V1_ROUTES];
  return (http, path) => {
    for (const route of routes) {
      const match = route.http === http ? route.pattern.exec(path) : null;
      if (match === null) continue;
      const fields = route.fieldNames.map((name, index) => [name, match[index + 1] ?? '']);
      const { service, method, body } = route;
      return { service, method, fields: Object.fromEntries(fields), body };
    }
    return undefined;
  };
}

function routesOf(types: MessageTypes, version: string): Route[] {
  const service = `google.cloud.tasks.${version}.CloudTasks`;
  const annotated = types.lookupService(service).methodsArray.flatMap((method) => {
    const rule = httpRule(method.parsedOptions);
    return rule === undefined ? [] : [toRoute(service, method.name, rule)];
  });
  const more = MORE_ROUTES.map(({ service: name, method, ...rule }) => {
    const versioned = JSON.parse(JSON.stringify(rule).replaceAll('VERSION', version)) as HttpRule;
    return toRoute(name.replace('VERSION', version), method, versioned);
  });
  return [...annotated, ...more];
}

function httpRule(options: unknown): HttpRule | undefined {
  const all = (options ?? []) as readonly Record<string, unknown>[];
  return all.find((option) => '(google.api.http)' in option)?.['(google.api.http)'] as HttpRule | undefined;
}

function toRoute(service: string, method: string, { body, ...paths }: HttpRule): Route {
  const [[http, template] = ['', '']] = Object.entries(paths);
  const fieldNames: string[] = [];
  let ids = 0;
  const pattern = template
    .replace(/\{([a-z_.]+)=?([^}]*)\}/g, (_, name: string, resource: string) => {
      fieldNames.push(camelCase(name));
      return `(${resource || '*'})`;
    })
    // Projects of a domain hold a colon. In other ids a colon begins a verb.
    .replace(/\*/g, () => {
      ids += 1;
      return ids === 1 ? '[^/]+?' : '[^/:]+';
    });
  return {
    http: http.toUpperCase(),
    pattern: new RegExp(`^${pattern}$`),
    fieldNames,
    service,
    method,
    body: body === undefined ? 'none' : body === '*' ? 'request' : { field: camelCase(body) },
  };
}

function camelCase(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
