import { type ControlRoute, sendJson } from '@waybill/emulator-kit';
import { DataFolderError } from '../data-folder/data-folder-error.ts';
import type { EmulatorData } from '../data-folder/emulator-data.ts';

const DATABASE = /^projects\/[^/]+\/databases\/[^/]+$/;

/** Routes that clear, show, write and read the data. */
export function dataRoutes(
  data: EmulatorData,
): Record<`${'GET' | 'POST'} /emulator/${string}`, ControlRoute> {
  return {
    'POST /emulator/clear': refusing(async (response, body) => {
      sendJson(response, 200, { deleted: await data.clear(readDatabase(body)) });
    }),
    'GET /emulator/dump': refusing((response, _body, query) => {
      sendJson(response, 200, data.dump(readDatabase({ database: query.get('database') ?? undefined })));
    }),
    'POST /emulator/export': refusing(async (response, body) => {
      const directory = readDirectory(body);
      sendJson(response, 200, { exported: await data.export(directory, readDatabase(body)) });
    }),
    'POST /emulator/import': refusing(async (response, body) => {
      sendJson(response, 200, { imported: await data.import(readDirectory(body)) });
    }),
  };
}

class BadRequest extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

function refusing(
  run: (response: Parameters<ControlRoute>[1], body: unknown, query: URLSearchParams) => Promise<void> | void,
): ControlRoute {
  return async (request, response, body) => {
    try {
      const [, query = ''] = (request.url ?? '').split('?');
      await run(response, body, new URLSearchParams(query));
    } catch (error) {
      if (!(error instanceof BadRequest || error instanceof DataFolderError)) throw error;
      sendJson(response, 400, { status: 400, code: error.code, title: error.message });
    }
  };
}

function readDatabase(body: unknown): string | undefined {
  const { database } = (body ?? {}) as { database?: unknown };
  if (database === undefined) return undefined;
  if (typeof database === 'string' && DATABASE.test(database)) return database;
  const title = `database must be projects/PROJECT/databases/DATABASE, got ${JSON.stringify(database)}`;
  throw new BadRequest('BAD_DATABASE', title);
}

function readDirectory(body: unknown): string {
  const { directory } = (body ?? {}) as { directory?: unknown };
  if (typeof directory === 'string' && directory !== '') return directory;
  throw new BadRequest('BAD_DIRECTORY', `directory must be a path, got ${JSON.stringify(directory)}`);
}
