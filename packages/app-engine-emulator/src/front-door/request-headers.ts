import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { RequestSource } from '../emulator-events.ts';

/** Carries the secret by which the Cloud Tasks emulator shows that a request is its own. Never reaches a service. */
export const trustedTokenHeader = 'x-app-engine-emulator-token';

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

// App Engine removes Accept-Encoding and compresses answers itself; Expect was answered by this server.
const removedFromRequests: ReadonlySet<string> = new Set([
  ...['accept-encoding', 'expect', 'x-forwarded-proto', 'x-cloud-trace-context', 'x-forwarded-for'],
  trustedTokenHeader,
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

/**
 * The headers that a service gets. From outside, `X-Google-*` and App Engine's own names are removed. Requests of App Engine
 * itself keep their `X-AppEngine-*`. Both get the address they come from, the country (ZZ: unknown) and a trace.
 * @param remoteAddress of the client's connection; App Engine's own requests have fixed ones instead
 * @param newTrace makes the value of X-Cloud-Trace-Context where a request has no valid one
 */
export function serviceRequestHeaders(
  raw: RawHeaders,
  source: RequestSource,
  remoteAddress: string,
  newTrace: () => string = randomTrace,
): string[] {
  const removed = new Set([...removedFromRequests, ...connectionOptions(raw)]);
  const forwardedFor: string[] = [];
  const result: string[] = [];
  const present = new Set<string>();
  let trace: string | undefined;
  for (const [name, value] of pairs(raw)) {
    const lower = name.toLowerCase();
    if (lower === 'x-forwarded-for') forwardedFor.push(value);
    if (lower === 'x-cloud-trace-context' && isTrace(value)) trace ??= value;
    if (hopByHopHeaders.has(lower) || removed.has(lower) || lower.startsWith('x-google-')) continue;
    if (source === 'outside' && appEngineHeaders.has(lower)) continue;
    present.add(lower);
    result.push(name, value);
  }
  const address = source === 'outside' ? remoteAddress.replace(/^::ffff:/, '') : internalAddresses[source];
  const addIfMissing = (name: string, value: string) => {
    if (!present.has(name.toLowerCase())) result.push(name, value);
  };
  addIfMissing('X-AppEngine-Country', 'ZZ');
  addIfMissing('X-AppEngine-User-IP', address);
  result.push('X-Forwarded-For', source === 'outside' ? [...forwardedFor, address].join(', ') : address);
  result.push('X-Forwarded-Proto', 'http');
  result.push('X-Cloud-Trace-Context', trace ?? newTrace());
  return result;
}

/** The headers of an answer that the client gets: all but those about the connection to the service. */
export function clientResponseHeaders(raw: RawHeaders): string[] {
  const removed = connectionOptions(raw);
  return [...pairs(raw)].flatMap(([name, value]) => {
    const lower = name.toLowerCase();
    return hopByHopHeaders.has(lower) || removed.has(lower) ? [] : [name, value];
  });
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

function isTrace(value: string): boolean {
  return /^[0-9a-f]{32}(\/\d{1,20})?(;o=\d)?$/i.test(value);
}

function randomTrace(): string {
  return `${randomBytes(16).toString('hex')}/${randomBytes(8).readBigUInt64BE()};o=0`;
}
