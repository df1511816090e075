/** Thrown for a request target that names no path on this server. Sending the same request again does not help. */
export class RequestTargetError extends Error {
  override readonly name = 'RequestTargetError';
  readonly code = 'BAD_REQUEST_TARGET';
  readonly status = 400;
  readonly retryable = false;
}

/** The parts of a request target. */
export interface RequestTarget {
  /** The path, its escapes untouched. Starts with a slash. */
  readonly path: string;
  /** The query without its question mark; empty where there is none. */
  readonly query: string;
  /** Path and query as they are sent on in origin-form. */
  readonly originForm: string;
  /** Host and port of an absolute-form target, which count in place of the Host header; undefined for a path. */
  readonly authority: string | undefined;
}

/** Visible ASCII without `#`. Bytes above it are passed on, as Node reads them: curl sends UTF-8 without escapes. */
const TARGET_CHARACTERS = /^[!-"$-~\x80-\xff]+$/;
const MAX_SHOWN_CHARACTERS = 80;

/**
 * Reads the target of a request line (RFC 9112, section 3.2): origin-form (`/path?query`, also `//`), or absolute-form
 * (`http://host/path`). It serves requests to this server only: authority-form (CONNECT) and asterisk-form are refused.
 *
 * @throws {RequestTargetError} for any other target
 */
export function parseRequestTarget(target: string | undefined): RequestTarget {
  const form = TARGET_CHARACTERS.test(target ?? '') ? formOf(target ?? '') : undefined;
  if (form === undefined) {
    throw new RequestTargetError(
      `The request target must be a path such as "/path?query" or a URL such as "http://host/path", got ${shown(target)}`,
    );
  }
  const { originForm } = form;
  const mark = originForm.indexOf('?');
  return {
    ...form,
    path: mark < 0 ? originForm : originForm.slice(0, mark),
    query: mark < 0 ? '' : originForm.slice(mark + 1),
  };
}

/**
 * Decodes the percent escapes of a path or of a part of it.
 * @throws {RequestTargetError} for an escape that is not UTF-8
 */
export function decodePath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch (error) {
    throw new RequestTargetError(`The path has an invalid escape: ${shown(path)}`, { cause: error });
  }
}

function formOf(target: string): Pick<RequestTarget, 'originForm' | 'authority'> | undefined {
  if (target.startsWith('/')) return { originForm: target, authority: undefined };
  const url = /^https?:\/\//i.test(target) ? URL.parse(target) : null;
  return url === null ? undefined : { originForm: url.pathname + url.search, authority: url.host };
}

function shown(target: string | undefined): string {
  return JSON.stringify((target ?? '').slice(0, MAX_SHOWN_CHARACTERS));
}
