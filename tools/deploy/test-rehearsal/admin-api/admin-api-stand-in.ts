import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import type { UrlDispatchRule } from '../../src/configuration/read-deployable-dispatch-rules.ts';
import type { DeployedCronJob } from '../../src/drift/cron-drift.ts';
import { createFirestoreAdmin, type FirestoreAdmin } from './firestore-admin-routes.ts';
import { createProjectAdmin, type ProjectAdmin } from './project-admin-routes.ts';
import { ApiError, json, notFound, queryOf, type Route } from './stand-in-routes.ts';

const APP = 'demo-project';
/** What the smoke test asks of a new version. */
const SERVED_PATHS = new Set(['GET /readyz', 'GET /api/products', 'GET /']);
const BUCKET = `staging.${APP}.appspot.com`;

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

/** What stands in for Google where the real `gcloud` is run: just enough of each API that deployments use. */
export interface AdminApiStandIn {
  readonly project: string;
  /** By what gcloud finds it instead of Google. */
  readonly environment: Readonly<Record<string, string>>;
  /** `METHOD /path` of each request so far. */
  readonly requests: readonly string[];
  readonly versions: readonly ReceivedVersion[];
  /** Who may reach each service, where that was set. */
  readonly ingress: ReadonlyMap<string, string>;
  /** The shares that each service's versions were given. */
  readonly traffic: ReadonlyMap<string, Readonly<Record<string, number>>>;
  /** App Engine's cron; tests may change it. */
  readonly cronJobs: DeployedCronJob[];
  /** Tests may change them. */
  readonly dispatchRules: UrlDispatchRule[];
  readonly firestore: FirestoreAdmin;
  readonly admin: ProjectAdmin;
  /** Writes the files of a version into a folder, checked against their sums. */
  restore(version: ReceivedVersion, folder: string): void;
  close(): Promise<void>;
}

/**
 * Starts it on loopback. It takes uploads only if their bytes have the sum that they are named by. A version's address is
 * this server too, and answers 200 to everything: whether a version works is for the rehearsal to find out.
 */
export async function startAdminApiStandIn(options: {
  services: readonly string[];
  secrets: Readonly<Record<string, string>>;
  configDir: string;
}): Promise<AdminApiStandIn> {
  const requests: string[] = [];
  const blobs = new Map<string, Buffer>();
  const versions: ReceivedVersion[] = [];
  const cronJobs: DeployedCronJob[] = [];
  const dispatchRules: UrlDispatchRule[] = [];
  const firestore = createFirestoreAdmin(APP);
  const traffic = new Map<string, Record<string, number>>(options.services.map((id) => [id, { v0: 1 }]));
  const ingress = new Map<string, string>();
  const uploads = new Map<string, string>();
  const operations = new Map<string, unknown>();
  let url = '';

  const store = (name: string, bytes: Buffer): object => {
    if (sha1(bytes) !== name) throw badRequest(`the bytes of ${name} have another sum`);
    blobs.set(name, bytes);
    return { kind: 'storage#object', name, bucket: BUCKET, size: String(bytes.length), generation: '1' };
  };
  const operation = (response: object): object => {
    const name = `apps/${APP}/operations/op-${operations.size + 1}`;
    operations.set(name, { name, done: true, response });
    return { name, done: false };
  };
  const serviceOf = (id: string): object => ({
    name: `apps/${APP}/services/${id}`,
    id,
    split: { allocations: traffic.get(id) ?? {} },
    networkSettings: { ingressTrafficAllowed: ingress.get(id) ?? 'INGRESS_TRAFFIC_ALLOWED_ALL' },
  });

  const admin = createProjectAdmin(APP, operation);
  const routes: readonly Route[] = [
    ...firestore.routes,
    ...admin.routes,
    [/^GET \/v1\/apps\/demo-project$/, () => ({ ...applicationOf(url), dispatchRules })],
    [/^GET \/v1\/apps\/demo-project\/services$/, () => ({ services: [...traffic.keys()].map(serviceOf) })],
    [
      /^GET \/v1\/apps\/demo-project\/services\/([\w-]+)$/,
      ([id = '']) => {
        if (!traffic.has(id)) throw notFound(`service ${id}`);
        return serviceOf(id);
      },
    ],
    [
      /^PATCH \/v1\/apps\/demo-project\/services\/([\w-]+)$/,
      ([id = ''], body) => {
        const { split, networkSettings } = json(body) as {
          split?: { allocations: Record<string, number> };
          networkSettings?: { ingressTrafficAllowed: string };
        };
        if (split !== undefined) traffic.set(id, split.allocations);
        if (networkSettings !== undefined) ingress.set(id, networkSettings.ingressTrafficAllowed);
        return operation(serviceOf(id));
      },
    ],
    [
      /^POST \/v1\/apps\/demo-project\/services\/([\w-]+)\/versions$/,
      ([service = ''], body) => {
        const version = { ...json(body), service } as unknown as ReceivedVersion;
        versions.push(version);
        if (!traffic.has(service)) traffic.set(service, { [version.id]: 1 });
        return operation({
          '@type': 'type.googleapis.com/google.appengine.v1.Version',
          ...versionOf(version, url),
        });
      },
    ],
    [
      /^GET \/v1\/apps\/demo-project\/services\/([\w-]+)\/versions\/([\w-]+)$/,
      ([service, id]) => {
        const found = versions.find((version) => version.service === service && version.id === id);
        if (found === undefined) throw notFound(`version ${id}`);
        return versionOf(found, url);
      },
    ],
    [
      /^GET \/v1\/(apps\/demo-project\/operations\/op-\d+)$/,
      ([name = '']) => (operations.get(name) as object | undefined) ?? fail(notFound(name)),
    ],
    [/^GET \/storage\/v1\/b\/staging\.demo-project\.appspot\.com$/, () => ({ name: BUCKET })],
    [/^GET \/storage\/v1\/b\/staging\.demo-project\.appspot\.com\/o$/, () => ({ kind: 'storage#objects' })],
    [
      /^POST \/upload\/storage\/v1\/b\/[^/]+\/o$/,
      (_match, body, request) => store(nameOf(request), contentOfMultipart(body, request, nameOf(request))),
    ],
    [
      /^PUT \/resumable\/(\d+)$/,
      ([id = ''], body) => store(uploads.get(id) ?? fail(notFound('upload')), body),
    ],
    [
      /^GET \/v1\/projects\/demo-project\/secrets\/(\w+)\/versions\/latest:access$/,
      ([name = '']) => {
        const value = options.secrets[name] ?? fail(notFound(`secret ${name}`));
        return { payload: { data: Buffer.from(value).toString('base64') } };
      },
    ],
    [/^GET \/v1\/projects\/demo-project\/services\/[\w.]+$/, () => ({ state: 'ENABLED' })],
    [
      /^GET \/v1(beta1)?\/projects\/demo-project\/locations$/,
      () => ({
        locations: [
          {
            locationId: 'us-central1',
            name: `projects/${APP}/locations/us-central1`,
            labels: { 'cloud.googleapis.com/region': 'us-central1' },
          },
        ],
      }),
    ],
    [
      /^GET \/v1(beta1)?\/projects\/demo-project\/locations\/us-central1\/jobs$/,
      // Cloud Scheduler's own jobs are others, of which there are none.
      (_match, _body, request) => ({
        jobs: queryOf(request, 'legacyAppEngineCron') === 'true' ? cronJobs : [],
      }),
    ],
    [
      /^POST \/v1(beta1)?\/projects\/demo-project\/locations\/[\w-]+\/jobs$/,
      (_match, body) => {
        const job = { ...json(body), name: `job-${cronJobs.length + 1}` } as unknown as DeployedCronJob;
        cronJobs.push(job);
        return job;
      },
    ],
  ];

  const server = createServer(async (request, response) => {
    const path = decodeURIComponent(new URL(request.url ?? '/', 'http://x').pathname);
    const line = `${request.method} ${path}`;
    requests.push(line);
    const answer = (status: number, body: object, headers = {}): void => {
      response
        .writeHead(status, { 'Content-Type': 'application/json', ...headers })
        .end(JSON.stringify(body));
    };
    try {
      const body = Buffer.concat(await request.toArray());
      if (line.startsWith('POST /resumable/upload/')) {
        uploads.set(String(uploads.size), nameOf(request));
        return answer(200, {}, { Location: `${url}resumable/${uploads.size - 1}` });
      }
      if (SERVED_PATHS.has(line)) return answer(200, { status: 'ready' });
      for (const [pattern, act] of routes) {
        const match = pattern.exec(line);
        if (match !== null) return answer(200, act(match.slice(1), body, request));
      }
      throw notFound(line);
    } catch (error) {
      // 4xx: gcloud tries again for minutes after a 500.
      const { code, status, message } = error instanceof ApiError ? error : badRequest(String(error));
      answer(code, { error: { code, message, status } });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;

  return {
    project: APP,
    requests,
    versions,
    traffic,
    cronJobs,
    ...{ dispatchRules, firestore, admin, ingress },
    environment: {
      ...offlineGcloud(options.configDir),
      CLOUDSDK_API_ENDPOINT_OVERRIDES_APPENGINE: url,
      CLOUDSDK_API_ENDPOINT_OVERRIDES_STORAGE: `${url}storage/v1/`,
      CLOUDSDK_API_ENDPOINT_OVERRIDES_SERVICEUSAGE: url,
      CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDSCHEDULER: url,
      CLOUDSDK_API_ENDPOINT_OVERRIDES_SECRETMANAGER: url,
      CLOUDSDK_API_ENDPOINT_OVERRIDES_FIRESTORE: url,
      CLOUDSDK_API_ENDPOINT_OVERRIDES_IAM: url,
      CLOUDSDK_API_ENDPOINT_OVERRIDES_IAP: url,
      CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDRESOURCEMANAGER: url,
    },
    restore(version, folder) {
      for (const [path, { sha1Sum }] of Object.entries(version.deployment.files)) {
        const bytes = blobs.get(sha1Sum);
        if (bytes === undefined) throw new Error(`${path} was never uploaded`);
        mkdirSync(dirname(join(folder, path)), { recursive: true });
        writeFileSync(join(folder, path), bytes);
      }
    },
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

/** An environment in which gcloud asks nobody for anything, and keeps what it writes in a folder of its own. */
export function offlineGcloud(configDir: string): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '',
    HOME: configDir,
    CLOUDSDK_CONFIG: configDir,
    CLOUDSDK_CORE_PROJECT: APP,
    CLOUDSDK_AUTH_DISABLE_CREDENTIALS: 'true',
    CLOUDSDK_CORE_DISABLE_PROMPTS: '1',
    CLOUDSDK_CORE_DISABLE_USAGE_REPORTING: 'true',
    CLOUDSDK_COMPONENT_MANAGER_DISABLE_UPDATE_CHECK: 'true',
    CLOUDSDK_SURVEY_DISABLE_PROMPTS: 'true',
    CLOUDSDK_CORE_CHECK_GCE_METADATA: 'false',
    // Whatever is not overridden must fail at once instead of reaching Google.
    HTTPS_PROXY: 'http://127.0.0.1:9',
    https_proxy: 'http://127.0.0.1:9',
    NO_PROXY: '127.0.0.1',
    no_proxy: '127.0.0.1',
  };
}

function badRequest(message: string): ApiError {
  return new ApiError(400, 'INVALID_ARGUMENT', message);
}

function fail(error: Error): never {
  throw error;
}

function applicationOf(url: string): object {
  return {
    name: `apps/${APP}`,
    id: APP,
    locationId: 'us-central',
    codeBucket: BUCKET,
    defaultBucket: `${APP}.appspot.com`,
    defaultHostname: new URL(url).host,
    gcrDomain: 'us.gcr.io',
    servingStatus: 'SERVING',
  };
}

function versionOf(version: ReceivedVersion, url: string): object {
  const { id, service, runtime } = version;
  return {
    name: `apps/${APP}/services/${service}/versions/${id}`,
    ...{ id, runtime, env: 'standard', servingStatus: 'SERVING', createTime: '2026-01-01T00:00:00Z' },
    versionUrl: url,
  };
}

function nameOf(request: IncomingMessage): string {
  return queryOf(request, 'name');
}

/** The second part of a multipart/related body, in the shape that gcloud sends: LF line ends, the boundary in quotes. */
function contentOfMultipart(body: Buffer, request: IncomingMessage, name: string): Buffer {
  const boundary = /boundary=['"]?([^'";]+)/.exec(request.headers['content-type'] ?? '')?.[1] ?? '';
  const second = body.indexOf(`--${boundary}`, body.indexOf(`--${boundary}`) + 1);
  const end = body.lastIndexOf(`--${boundary}--`);
  for (const lineEnd of ['\n', '\r\n']) {
    const start = body.indexOf(lineEnd.repeat(2), second) + 2 * lineEnd.length;
    const content = body.subarray(start, end - lineEnd.length);
    if (sha1(content) === name) return content;
  }
  throw badRequest(`no part of the body has the sum ${name}`);
}

function sha1(bytes: Buffer): string {
  return createHash('sha1').update(bytes).digest('hex');
}
