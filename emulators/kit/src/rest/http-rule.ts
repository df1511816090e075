/** A REST call in the terms of gRPC: the method, and where each part of its request message is. */
export interface RestCall {
  /** The full name, such as `google.cloud.tasks.v2.CloudTasks`. */
  readonly service: string;
  readonly method: string;
  /** Fields that the path gives. */
  readonly fields: Readonly<Record<string, string>>;
  /** The part of the request that is the body: none, all of it, or one field. */
  readonly body: 'none' | 'request' | { readonly field: string };
}

/** The `google.api.http` annotation of a method. */
export interface HttpRule {
  readonly get?: string;
  readonly post?: string;
  readonly patch?: string;
  readonly delete?: string;
  readonly body?: string;
  readonly additional_bindings?: HttpRule;
}

/** A pattern of paths that calls a method. */
export interface RestRoute {
  readonly http: string;
  readonly pattern: RegExp;
  /** The fields that the groups of the pattern give. */
  readonly fieldNames: readonly string[];
  readonly service: string;
  readonly method: string;
  readonly body: RestCall['body'];
}

/** Reads the rule out of a method's options, as protobufjs parses them. */
export function httpRuleOf(options: unknown): HttpRule | undefined {
  const all = (options ?? []) as readonly Record<string, unknown>[];
  return all.find((option) => '(google.api.http)' in option)?.['(google.api.http)'] as HttpRule | undefined;
}

/**
 * Makes the route of a rule. Additional bindings are rules of their own.
 * @param options.idsHoldColons whether a colon may be part of any id; else it begins a verb, except in projects
 */
export function toRestRoute(
  service: string,
  method: string,
  rule: HttpRule,
  options: { readonly idsHoldColons?: boolean } = {},
): RestRoute {
  const id = options.idsHoldColons === true ? '[^/]+' : '[^/:]+';
  const { body, additional_bindings: _, ...paths } = rule;
  const [[http, template] = ['', '']] = Object.entries(paths);
  const fieldNames: string[] = [];
  let ids = 0;
  const pattern = template
    .replace(/\{([a-z_.]+)=?([^}]*)\}/g, (_match, name: string, resource: string) => {
      fieldNames.push(camelCase(name));
      return `(${resource || '*'})`;
    })
    .replace(/\/\*\*|\*/g, (wildcard) => {
      if (wildcard === '/**') return `(?:/${id})*`;
      ids += 1;
      // Projects of a domain hold a colon.
      return ids === 1 ? '[^/]+?' : id;
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

/**
 * Finds the call of a request.
 * @param path the path without the query
 * @returns undefined where no route fits
 */
export function matchRestRoute(
  routes: readonly RestRoute[],
  http: string,
  path: string,
): RestCall | undefined {
  for (const route of routes) {
    const match = route.http === http ? route.pattern.exec(path) : null;
    if (match === null) continue;
    const fields = route.fieldNames.map((name, index) => [name, match[index + 1] ?? '']);
    const { service, method, body } = route;
    return { service, method, fields: Object.fromEntries(fields), body };
  }
  return undefined;
}

function camelCase(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
