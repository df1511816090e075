import {
  type HttpRule,
  httpRuleOf,
  matchRestRoute,
  type RestCall,
  type RestRoute,
  toRestRoute,
} from '@waybill/emulator-kit/rest';
import type { Service } from 'protobufjs';

/** `projects/P/databases/D/documents` and a slash. */
const ROOT = /^\/v1\/projects\/[^/]+\/databases\/[^/]+\/documents\//;

/**
 * Makes the routes of the service by the http annotations of its definition.
 * @returns finds what a request calls by its method and its path without the query, escapes untouched; undefined where
 * there is no such route
 */
export function createRouter(service: Service): (http: string, path: string) => RestCall | undefined {
  const routes = service.methodsArray.flatMap((method) =>
    rulesOf(httpRuleOf(method.parsedOptions)).map((rule) => routeOf(method.name, rule)),
  );
  return (http, path) => {
    // The annotations of GetDocument and ListDocuments fit the same paths: documents have an even number of ids.
    const ids = path.replace(ROOT, '').split('/').length;
    const other = ids % 2 === 0 ? 'ListDocuments' : 'GetDocument';
    return matchRestRoute(
      routes.filter(({ method }) => method !== other),
      http,
      path,
    );
  };
}

function routeOf(method: string, rule: HttpRule): RestRoute {
  return toRestRoute('google.firestore.v1.Firestore', method, rule, {
    // Only POST has verbs after a colon.
    idsHoldColons: rule.post === undefined,
  });
}

function rulesOf(rule: HttpRule | undefined): HttpRule[] {
  return rule === undefined ? [] : [rule, ...rulesOf(rule.additional_bindings)];
}
