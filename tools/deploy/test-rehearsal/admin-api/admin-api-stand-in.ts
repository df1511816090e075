import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import type { UrlDispatchRule } from '../../src/configuration/read-deployable-dispatch-rules.ts';
import type { DeployedCronJob } from '../../src/drift/cron-drift.ts';
import { offlineGcloud } from '../gcloud/offline-gcloud.ts';
import { createAppEngineAdmin, type ReceivedVersion } from './app-engine-routes.ts';
import { createFirestoreAdmin, type FirestoreAdmin } from './firestore-admin-routes.ts';
import { createOperations } from './operations.ts';
import { createProjectAdmin, type ProjectAdmin } from './project-admin-routes.ts';
import { createSchedulerAdmin } from './scheduler-routes.ts';
import { ApiError, badRequest, notFound, type Route } from './stand-in-routes.ts';
import { createStorageAdmin, type StorageAdmin } from './storage-routes.ts';

/** The project that it stands in for. */
export const STAND_IN_PROJECT = 'demo-project';
/** Paths that the smoke test requests of a new version. */
const SERVED_PATHS = new Set(['GET /readyz', 'GET /api/products', 'GET /']);

/** A stand-in for Google where the real `gcloud` is run: just enough of each API that deployments use. */
export interface AdminApiStandIn {
  readonly project: string;
  /** The environment in which gcloud finds it instead of Google. */
  readonly environment: Readonly<Record<string, string>>;
  /** `METHOD /path` of each request so far. */
  readonly requests: readonly string[];
  readonly versions: readonly ReceivedVersion[];
  /** The ingress setting of each service that has one. */
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
 * Starts it on loopback. A version's address is this server too, and answers 200 to the smoke test: whether a version works
 * is for the rehearsal to find out.
 */
export async function startAdminApiStandIn(options: {
  services: readonly string[];
  secrets: Readonly<Record<string, string>>;
  configDir: string;
}): Promise<AdminApiStandIn> {
  const project = STAND_IN_PROJECT;
  const bucket = `staging.${project}.appspot.com`;
  const requests: string[] = [];
  let url = '';
  const operations = createOperations(project);
  const appEngine = createAppEngineAdmin({
    ...{ project, bucket, operations },
    services: options.services,
    urlOf: () => url,
  });
  const firestore = createFirestoreAdmin(project);
  const admin = createProjectAdmin(project, operations.add);
  const storage = createStorageAdmin(bucket);
  const scheduler = createSchedulerAdmin(project);
  const routes: readonly Route[] = [
    ...[firestore, admin, appEngine, operations, storage, scheduler].flatMap((part) => part.routes),
    ...secretRoutes(project, options.secrets),
    [new RegExp(`^GET /v1/projects/${project}/services/[\\w.]+$`), () => ({ state: 'ENABLED' })],
  ];
  const server = createServer(async (request, response) => {
    const path = decodeURIComponent(new URL(request.url ?? '/', 'http://x').pathname);
    const line = `${request.method} ${path}`;
    requests.push(line);
    await respond({ line, request, response, routes, storage, url });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;

  const { versions, traffic, ingress, dispatchRules } = appEngine;
  return {
    ...{ project, requests, versions, traffic, ingress, dispatchRules, firestore, admin },
    cronJobs: scheduler.cronJobs,
    environment: { ...offlineGcloud(project, options.configDir), ...endpointOverrides(url) },
    restore: (version, folder) => restore(version, folder, storage),
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

async function respond(exchange: {
  /** `METHOD /path` */
  line: string;
  request: IncomingMessage;
  response: ServerResponse;
  routes: readonly Route[];
  storage: StorageAdmin;
  url: string;
}): Promise<void> {
  const { line, request, response, routes, storage, url } = exchange;
  const send = (status: number, body: object, headers = {}): void => {
    response.writeHead(status, { 'Content-Type': 'application/json', ...headers }).end(JSON.stringify(body));
  };
  try {
    const body = Buffer.concat(await request.toArray());
    if (line.startsWith('POST /resumable/upload/')) {
      return send(200, {}, { Location: `${url}${storage.beginUpload(request)}` });
    }
    if (SERVED_PATHS.has(line)) return send(200, { status: 'ready' });
    for (const [pattern, act] of routes) {
      const match = pattern.exec(line);
      if (match !== null) return send(200, act(match.slice(1), body, request));
    }
    throw notFound(line);
  } catch (error) {
    // 4xx: gcloud tries again for minutes after a 500.
    const { code, status, message } = error instanceof ApiError ? error : badRequest(String(error));
    send(code, { error: { code, message, status } });
  }
}

function secretRoutes(project: string, secrets: Readonly<Record<string, string>>): readonly Route[] {
  const withVersion = new Set(Object.keys(secrets));
  const versionOf = (name: string): object => ({
    name: `projects/${project}/secrets/${name}/versions/1`,
    state: 'ENABLED',
  });
  return [
    [
      new RegExp(`^GET /v1/projects/${project}/secrets/(\\w+)/versions/latest$`),
      ([name = '']) => {
        if (!withVersion.has(name)) throw notFound(`secret ${name}`);
        return versionOf(name);
      },
    ],
    [
      new RegExp(`^POST /v1/projects/${project}/secrets/(\\w+):addVersion$`),
      ([name = '']) => {
        withVersion.add(name);
        // gcloud sends a checksum, and takes an answer without this for a damaged payload.
        return { ...versionOf(name), clientSpecifiedPayloadChecksum: true };
      },
    ],
  ];
}

function endpointOverrides(url: string): Record<string, string> {
  return {
    CLOUDSDK_API_ENDPOINT_OVERRIDES_APPENGINE: url,
    CLOUDSDK_API_ENDPOINT_OVERRIDES_STORAGE: `${url}storage/v1/`,
    CLOUDSDK_API_ENDPOINT_OVERRIDES_SERVICEUSAGE: url,
    CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDSCHEDULER: url,
    CLOUDSDK_API_ENDPOINT_OVERRIDES_SECRETMANAGER: url,
    CLOUDSDK_API_ENDPOINT_OVERRIDES_FIRESTORE: url,
    CLOUDSDK_API_ENDPOINT_OVERRIDES_IAM: url,
    CLOUDSDK_API_ENDPOINT_OVERRIDES_IAP: url,
    CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDRESOURCEMANAGER: url,
  };
}

function restore(version: ReceivedVersion, folder: string, storage: StorageAdmin): void {
  for (const [path, { sha1Sum }] of Object.entries(version.deployment.files)) {
    const bytes = storage.objects.get(sha1Sum);
    if (bytes === undefined) throw new Error(`${path} was never uploaded`);
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), bytes);
  }
}
