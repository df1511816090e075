import type { QueueHttpTarget, UriOverride } from '../engine/queues/queue-http-target.ts';
import { storableHeaders } from '../engine/tasks/stored-headers.ts';
import { HTTP_METHODS, type HttpTarget } from '../engine/tasks/task.ts';
import { tokensOfQueue } from '../engine/tasks/task-request.ts';

/** A task's target with what its queue overrides at the time of the attempt. */
export function overriddenTarget(target: HttpTarget, override: QueueHttpTarget | undefined): HttpTarget {
  if (override === undefined) return target;
  const { oidcToken, oauthToken, ...request } = target;
  const added = storableHeaders(
    (override.headerOverrides ?? []).map(({ header }) => [header.key, header.value] as const),
  );
  const replaced = new Set(added.map(([name]) => name.toLowerCase()));
  return {
    ...request,
    ...(tokensOfQueue(override, target.url) ?? {
      ...(oidcToken && { oidcToken }),
      ...(oauthToken && { oauthToken }),
    }),
    url: override.uriOverride ? overriddenUrl(target.url, override.uriOverride) : target.url,
    method: HTTP_METHODS.find((method) => method === override.httpMethod) ?? target.method,
    headers: [...target.headers.filter(([name]) => !replaced.has(name.toLowerCase())), ...added],
  };
}

/** A URL that cannot be parsed stays: the attempt fails by it. */
function overriddenUrl(text: string, uri: UriOverride): string {
  const url = URL.parse(text);
  if (url === null) return text;
  const { scheme, host, port, pathOverride, queryOverride } = uri;
  if (uri.uriOverrideEnforceMode === 'IF_NOT_EXISTS') {
    // As recorded: where the URL has a path, not even the query is added.
    if (url.pathname !== '/') return text;
  } else {
    if (scheme === 'HTTP' || scheme === 'HTTPS') url.protocol = `${scheme.toLowerCase()}:`;
    if (host !== undefined) url.hostname = host;
    if (port !== undefined) url.port = String(port);
  }
  if (pathOverride !== undefined) url.pathname = pathOverride.path;
  if (queryOverride !== undefined) url.search = queryOverride.queryParams;
  return url.href;
}
