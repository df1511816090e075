import { createHash, randomUUID, timingSafeEqual } from 'node:crypto';
import type { RequestSource } from '../emulator-events.ts';
import { traceHeaders } from './trace-headers.ts';

/** Carries the secret by which the Cloud Tasks emulator shows that a request is its own. Never reaches a service. */
export const trustedTokenHeader = 'x-app-engine-emulator-token';

/** Carries the secret by which a service knows that a request comes from the front door. */
export const serviceTokenHeader = 'x-app-engine-emulator-service-token';

/**
 * The App Engine headers that a client can't send: App Engine removes these names, whatever their case, and no look-alikes.
 * Sources: "Request headers" of App Engine's documentation, the task headers of Cloud Tasks', and the headers that Google's
 * App Engine SDKs read.
 */
export const appEngineHeaders: ReadonlySet<string> = new Set(
  [
    // Added to requests by the front ends.
    ...['country', 'region', 'city', 'citylatlong', 'timestamp', 'user-ip', 'https', 'timeout-ms'],
    ...['api-ticket', 'request-id', 'request-id-hash', 'request-log-id', 'datacenter', 'appversionid'],
    ...['default-version-hostname', 'default-namespace', 'current-namespace', 'trusted-ip-request'],
    // Who is signed in, or which application or back end calls.
    ...['user-id', 'user-email', 'user-nickname', 'user-organization', 'user-is-admin', 'auth-domain'],
    ...[
      'federated-identity',
      'federated-provider',
      'peer-username',
      'loas-peer-username',
      'gaia-id',
      'gaia-session',
    ],
    ...[
      'inbound-appid',
      'inbound-user-email',
      'inbound-user-id',
      'inbound-user-is-admin',
      'backgroundrequest',
    ],
    // Tasks and cron.
    ...[
      'cron',
      'queuename',
      'taskname',
      'taskretrycount',
      'taskexecutioncount',
      'tasketa',
      'taskpreviousresponse',
    ],
    ...['taskretryreason', 'failfast'],
    // Blobs.
    ...['blobkey', 'blobrange', 'blobsize', 'upload-creation', 'cloud-storage-object'],
  ].map((suffix) => `x-appengine-${suffix}`),
);

/** Headers about one connection only (RFC 9110, section 7.6.1), which a proxy must not hand on. */
const hopByHopHeaders: ReadonlySet<string> = new Set([
  ...['connection', 'keep-alive', 'proxy-connection', 'proxy-authenticate', 'proxy-authorization'],
  ...['te', 'trailer', 'transfer-encoding', 'upgrade'],
]);

// App Engine removes Accept-Encoding and compresses answers itself; Expect was answered by this server. The others are
// written anew.
const removedFromRequests: ReadonlySet<string> = new Set([
  ...['accept-encoding', 'expect', 'forwarded', 'x-forwarded-proto', 'x-forwarded-for'],
  ...['x-cloud-trace-context', 'traceparent', trustedTokenHeader, serviceTokenHeader],
]);

/** The address that App Engine's own requests come from. Source: Cloud Tasks' and App Engine cron's documentation. */
const internalAddresses: Record<Exclude<RequestSource, 'outside'>, string> = {
  task: '0.1.0.2',
  cron: '0.1.0.1',
};

/** Headers as name, value, name, value …, as they were sent. */
export type RawHeaders = readonly string[];

/**
 * Who sent a request: only the right token makes it App Engine's own, whatever its other headers say.
 * The comparison takes the same time for every wrong token.
 */
export function requestSource(
  headers: Record<string, string | string[] | undefined>,
  trustedToken: string,
): RequestSource {
  const given = headers[trustedTokenHeader];
  const digest = (text: string) => createHash('sha256').update(text).digest();
  if (typeof given !== 'string' || !timingSafeEqual(digest(given), digest(trustedToken))) return 'outside';
  return headers['x-appengine-cron'] === 'true' ? 'cron' : 'task';
}

/** The address that a request comes from: App Engine's own requests have fixed ones. */
export function clientAddress(source: RequestSource, remoteAddress: string): string {
  return source === 'outside' ? remoteAddress.replace(/^::ffff:/, '') : internalAddresses[source];
}

/**
 * The headers that a service gets. From outside, `X-Google-*` and App Engine's own names are removed; requests of App Engine
 * itself keep their `X-AppEngine-*`. Then those are added that App Engine adds to each request: where it comes from (a place
 * nobody knows), its time, its trace.
 * @param options.address that the request comes from
 * @param options.targetHost host of an absolute-form target: it takes the place of the Host header
 * @param options.defaultHost host name of the application, also the Host of a request without one (HTTP/1.0)
 * @param options.deadlineMs how long the service may take
 * @param options.serviceToken shows the service that the request comes from the front door
 */
export function serviceRequestHeaders(
  raw: RawHeaders,
  options: {
    source: RequestSource;
    address: string;
    targetHost?: string | undefined;
    defaultHost: string;
    deadlineMs: number;
    serviceToken: string;
  },
): string[] {
  const { source, address } = options;
  const replaced = options.targetHost === undefined ? [] : ['host'];
  const removed = new Set([...removedFromRequests, ...connectionOptions(raw), ...replaced]);
  const forwardedFor: string[] = [];
  const result: string[] = [];
  const present = new Set<string>();
  for (const [name, value] of pairs(raw)) {
    const lower = name.toLowerCase();
    if (lower === 'x-forwarded-for' && source === 'outside') forwardedFor.push(value);
    if (hopByHopHeaders.has(lower) || removed.has(lower) || lower.startsWith('x-google-')) continue;
    if (source === 'outside' && appEngineHeaders.has(lower)) continue;
    present.add(lower);
    result.push(name, value);
  }
  const added: Record<string, string> = {
    Host: options.targetHost ?? options.defaultHost,
    'X-AppEngine-Country': 'ZZ',
    'X-AppEngine-Region': '?',
    'X-AppEngine-City': '?',
    'X-AppEngine-CityLatLong': '0.000000,0.000000',
    'X-AppEngine-User-IP': address,
    'X-AppEngine-Https': 'off',
    'X-AppEngine-Default-Version-Hostname': options.defaultHost,
    'X-AppEngine-Request-Log-Id': randomUUID().replaceAll('-', ''),
    // As App Engine writes it: a millisecond has gone by.
    'X-AppEngine-Timeout-Ms': String(options.deadlineMs - 1),
    'X-Forwarded-For': [...forwardedFor, address].join(', '),
    'X-Forwarded-Proto': 'http',
    [serviceTokenHeader]: options.serviceToken,
    Forwarded: `for="${address.includes(':') ? `[${address}]` : address}";proto=http`,
  };
  for (const [name, value] of Object.entries(added)) {
    if (!present.has(name.toLowerCase())) result.push(name, value);
  }
  return [...result, ...traceHeaders(pairs(raw))];
}

/**
 * The headers of an answer that the client gets: all but those about the connection to the service.
 * @param setCookie a cookie to add, unless the service sets one of that name itself
 */
export function clientResponseHeaders(raw: RawHeaders, setCookie?: string): string[] {
  const removed = connectionOptions(raw);
  const kept = [...pairs(raw)].filter(([name]) => {
    const lower = name.toLowerCase();
    return !hopByHopHeaders.has(lower) && !removed.has(lower);
  });
  const [cookieStart] = setCookie?.split('=', 1).map((name) => `${name}=`) ?? [];
  const isSet = kept.some(
    ([name, value]) => name.toLowerCase() === 'set-cookie' && cookieStart && value.startsWith(cookieStart),
  );
  return [...kept.flat(), ...(setCookie === undefined || isSet ? [] : ['Set-Cookie', setCookie])];
}

function* pairs(raw: RawHeaders): Generator<[string, string]> {
  for (let index = 0; index + 1 < raw.length; index += 2) yield [raw[index] ?? '', raw[index + 1] ?? ''];
}

/** The names that a Connection header makes hop-by-hop too. It can't take away what the message itself needs. */
function connectionOptions(raw: RawHeaders): Set<string> {
  const names = [...pairs(raw)]
    .filter(([name]) => name.toLowerCase() === 'connection')
    .flatMap(([, value]) => value.toLowerCase().split(','))
    .map((name) => name.trim());
  return new Set(
    names.filter((name) => !['host', 'content-length', 'content-type', 'authorization'].includes(name)),
  );
}
