import { mkdtempSync, rmSync } from 'node:fs';
import type { IncomingMessage, RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  AllowedHosts,
  decodePath,
  listenOnOnePort,
  parseRequestTarget,
  readBody,
  sendJson,
} from '@waybill/emulator-kit';
import type { AppEngineEmulator } from '../start-app-engine-emulator.ts';
import { AdminApiError, badRequest, notFound } from './admin-api-error.ts';
import { AdminOperations } from './admin-operations.ts';
import type { AdminRoute } from './admin-route.ts';
import { ApplicationRoutes } from './application-routes.ts';
import { CronJobRoutes } from './cron-job-routes.ts';
import { UploadedFiles } from './uploaded-files.ts';
import { VersionRoutes } from './version-routes.ts';

/** App Engine takes no larger files. */
const MAX_BODY_BYTES = 33 * 1024 * 1024;

/** The APIs that `gcloud app` calls, over a running emulator. */
export interface AdminApi {
  /** Ends with a slash, as gcloud wants it. */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Starts App Engine's Admin API on a port of its own, with the parts of Cloud Storage and Cloud Scheduler that gcloud needs
 * to deploy. Uploads and deployed versions are gone when it is closed.
 */
export async function startAdminApi(options: {
  emulator: AppEngineEmulator;
  project: string;
  host?: string;
  port: number;
}): Promise<AdminApi> {
  const { emulator, project, host = '127.0.0.1' } = options;
  const bucket = `staging.${project}.appspot.com`;
  const folder = mkdtempSync(join(tmpdir(), 'app-engine-deployments-'));
  let url = '';
  const files = new UploadedFiles({ folder: join(folder, 'uploads'), bucket, baseUrl: () => url });
  const operations = new AdminOperations(project);
  const parts = [
    files,
    operations,
    new ApplicationRoutes({ emulator, project, bucket, operations }),
    new VersionRoutes({
      ...{ emulator, project, files, operations },
      folder: join(folder, 'versions'),
    }),
    new CronJobRoutes({
      project,
      location: 'us-central1',
      emulator,
    }),
  ];
  const server = await listenOnOnePort({
    host,
    port: options.port,
    hosts: new AllowedHosts({ listenHost: host }),
    http: createListener(parts.flatMap(({ routes }) => routes)),
  });
  url = `http://${server.host}:${server.port}/`;
  return {
    url,
    async close() {
      await server.close(1000);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function createListener(routes: readonly AdminRoute[]): RequestListener {
  return async (request, response) => {
    try {
      const answer = await answerOf(request, routes);
      if ('headers' in answer) response.writeHead(200, answer.headers as Record<string, string>).end();
      else sendJson(response, 200, answer);
    } catch (error) {
      // Never 500: gcloud would try again for minutes.
      const { httpStatus, status, message } =
        error instanceof AdminApiError ? error : badRequest(String(error));
      sendJson(response, httpStatus, { error: { code: httpStatus, status, message } });
    }
  };
}

async function answerOf(request: IncomingMessage, routes: readonly AdminRoute[]): Promise<object> {
  // A page in a browser could send these requests as well, and would run its code here. gcloud sends neither header.
  if (request.headers.origin !== undefined || request.headers['sec-fetch-site'] !== undefined) {
    throw new AdminApiError(403, 'PERMISSION_DENIED', 'The Admin API takes no requests of web pages');
  }
  const target = parseRequestTarget(request.url);
  const line = `${request.method} ${decodePath(target.path)}`;
  const { body } = await readBody(request, MAX_BODY_BYTES);
  if (body === undefined) throw badRequest(`A request can have at most ${MAX_BODY_BYTES} bytes`);
  for (const [pattern, answer] of routes) {
    const match = pattern.exec(line);
    if (match === null) continue;
    const query = new URLSearchParams(target.query);
    return answer({ groups: match.slice(1), query, headers: request.headers, body });
  }
  throw notFound(line);
}
