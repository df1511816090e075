import { existsSync, statSync } from 'node:fs';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { type AllowedHosts, decodePath, isFromWebPage, parseRequestTarget } from '@waybill/emulator-kit';
import { RestRequestError, readText, sendRestError, sendRestJson } from '@waybill/emulator-kit/rest';
import { DataFolderError } from '../data-folder/data-folder-error.ts';
import type { EmulatorData } from '../data-folder/emulator-data.ts';
import { toRestRefusal } from '../rest/rest-refusal.ts';
import { allowOrigin, answerPreflight, originRefusal } from '../rest/web-origins.ts';

const DOCUMENTS = /^\/emulator\/v1\/(projects\/[^/]+\/databases\/[^/]+)\/documents\/?$/;
const EXPORT = /^\/emulator\/v1\/(projects\/[^/]+?):export$/;
const MAX_BODY_BYTES = 64 * 1024;

/**
 * Serves the control routes of Google's emulator: `GET /`, the deletion of all documents of a database, and the export of
 * one. The rest goes to `otherwise`.
 */
export function createGoogleControlListener(
  options: { readonly data: EmulatorData; readonly hosts: AllowedHosts },
  otherwise: RequestListener,
): RequestListener {
  const { data, hosts } = options;
  return (request, response) => {
    const { path: escaped } = parseRequestTarget(request.url);
    const path = escaped.startsWith('/emulator/v1/') ? decodePath(escaped) : escaped;
    if (path === '/' && (request.method === 'GET' || request.method === 'HEAD')) {
      response.writeHead(200, { 'content-type': 'text/plain' }).end('Ok\n');
      return;
    }
    const run = routeOf(path, request);
    if (run === undefined) return otherwise(request, response);
    return respond(run, request, response).catch((error: unknown) => {
      const refusal =
        error instanceof DataFolderError
          ? ({ status: 'FAILED_PRECONDITION', message: error.message } as const)
          : toRestRefusal(error);
      sendRestError(response, refusal, true);
    });
  };

  async function respond(
    run: (text: string) => Promise<unknown>,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const refusedOrigin = allowOrigin(request, response, hosts);
    const text = await readText(request, MAX_BODY_BYTES, 'The request body is too large.');
    if (refusedOrigin !== undefined) {
      const message = originRefusal(refusedOrigin);
      return sendRestError(response, { status: 'PERMISSION_DENIED', message }, true);
    }
    if (request.method === 'OPTIONS') return answerPreflight(request, response);
    await run(text);
    sendRestJson(response, 200, {}, true);
  }

  function routeOf(path: string, request: IncomingMessage): ((text: string) => Promise<unknown>) | undefined {
    const { method = '' } = request;
    const [, database] = DOCUMENTS.exec(path) ?? [];
    if (database !== undefined && ['DELETE', 'OPTIONS'].includes(method)) return () => data.clear(database);
    // The control listener refuses pages: no page may write files.
    if (isFromWebPage(request)) return undefined;
    const [, project] = EXPORT.exec(path) ?? [];
    return project !== undefined && method === 'POST' ? (text) => exportDatabase(project, text) : undefined;
  }

  async function exportDatabase(project: string, text: string): Promise<void> {
    const body = parseBody(text);
    const { database, export_directory: directory, export_name: name } = body;
    if (!database.startsWith(`${project}/databases/`)) {
      throw new RestRequestError(`database must be in ${project}, got ${JSON.stringify(database)}.`);
    }
    if (!existsSync(directory) || !statSync(directory).isDirectory()) {
      throw new RestRequestError('export_directory must be a directory');
    }
    await data.export(join(directory, name), database);
  }
}

function parseBody(text: string): Record<'database' | 'export_directory' | 'export_name', string> {
  let json: Record<string, unknown>;
  try {
    json = JSON.parse(text) as Record<string, unknown>;
  } catch (error) {
    throw new RestRequestError(`Invalid JSON payload received. ${(error as Error).message}`);
  }
  const [database, directory, name] = ['database', 'export_directory', 'export_name'].map((key) => {
    const value = json?.[key];
    if (typeof value !== 'string' || value === '') throw new RestRequestError(`${key} must be a text.`);
    return value;
  });
  if (/[\\/]|^\.\.?$/.test(name ?? '')) throw new RestRequestError('export_name must be a name of a folder.');
  return { database: database ?? '', export_directory: directory ?? '', export_name: name ?? '' };
}
