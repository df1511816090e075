import {
  type HttpRule,
  httpRuleOf,
  matchRestRoute,
  type RestCall,
  type RestRoute,
  toRestRoute,
} from '@waybill/emulator-kit/rest';
import type { MessageTypes } from '@waybill/emulator-kit/standard-services';

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

/** Node's REST client calls Locations and Operations by the paths of their own definitions. */
const V1_ROUTES: readonly RestRoute[] = [
  toRestRoute('google.cloud.location.Locations', 'ListLocations', { get: '/v1/{name=projects/*}/locations' }),
  toRestRoute('google.cloud.location.Locations', 'GetLocation', { get: '/v1/{name=projects/*/locations/*}' }),
  toRestRoute('google.longrunning.Operations', 'GetOperation', {
    get: '/v1/operations/{name=projects/*/locations/*/operations/*}',
  }),
];

/**
 * The routes of all versions, by the http annotations of the definitions.
 * @returns finds what a request calls by its method and its decoded path without the query; undefined where there is no
 * such route
 */
export function createRouter(types: MessageTypes): (http: string, path: string) => RestCall | undefined {
  const routes = [...API_VERSIONS.flatMap((version) => routesOf(types, version)), ...V1_ROUTES];
  return (http, path) => matchRestRoute(routes, http, path);
}

function routesOf(types: MessageTypes, version: string): RestRoute[] {
  const service = `google.cloud.tasks.${version}.CloudTasks`;
  const annotated = types.lookupService(service).methodsArray.flatMap((method) => {
    const rule = httpRuleOf(method.parsedOptions);
    return rule === undefined ? [] : [toRestRoute(service, method.name, rule)];
  });
  const more = MORE_ROUTES.map(({ service: name, method, ...rule }) => {
    const versioned = JSON.parse(JSON.stringify(rule).replaceAll('VERSION', version)) as HttpRule;
    return toRestRoute(name.replace('VERSION', version), method, versioned);
  });
  return [...annotated, ...more];
}
