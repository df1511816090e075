import { statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { decodePath, RequestTargetError } from '@waybill/emulator-kit';
import type { AppYaml, StaticHandler } from '@waybill/google-config';

/** A file that answers a request; `path` is undefined where the handler names a file that is not there. */
export interface StaticFile {
  readonly path: string | undefined;
  readonly handler: StaticHandler;
}

/** The files of one version that are served without its instances, by the handlers of its app.yaml. */
export class StaticFiles {
  readonly #appYaml: AppYaml;

  constructor(appYaml: AppYaml) {
    this.#appYaml = appYaml;
  }

  /**
   * Finds the file for a path: the first handler that matches decides. undefined: the request is for the service. App Engine
   * hands paths without a handler to a Node.js service, too.
   * @param rawPath the path of a request, its escapes untouched
   */
  find(rawPath: string): StaticFile | undefined {
    const path = decoded(rawPath);
    if (path === undefined) return undefined;
    for (const handler of this.#appYaml.handlers) {
      const match = handler.url.exec(path);
      if (!match) continue;
      if (handler.kind === 'script') return undefined;
      const file = this.#pathOf(handler, match);
      if (file !== undefined || !handler.requireMatchingFile) return { path: file, handler };
    }
    return undefined;
  }

  #pathOf(handler: StaticHandler, match: RegExpExecArray): string | undefined {
    const name = handler.file
      .replace(/^\.\//, '')
      .replace(/\\(\d)/g, (_, group: string) => match[Number(group)] ?? '');
    // Nothing outside the folder of the app.yaml, by dots or by a second slash; App Engine serves neither.
    if (name.includes('\0') || name.split('/').some((part) => ['', '.', '..'].includes(part)))
      return undefined;
    // A deployment uploads only what this pattern matches.
    if (handler.upload?.test(name) === false) return undefined;
    const path = join(dirname(this.#appYaml.file), name);
    return statSync(path, { throwIfNoEntry: false })?.isFile() ? path : undefined;
  }
}

/** A path whose escapes are wrong matches no file. */
function decoded(rawPath: string): string | undefined {
  try {
    return decodePath(rawPath);
  } catch (error) {
    if (error instanceof RequestTargetError) return undefined;
    throw error;
  }
}
