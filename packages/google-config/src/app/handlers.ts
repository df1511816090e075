import type { YamlFile, YamlPath } from '../yaml/yaml-file.ts';
import { parseExpiration } from './expiration.ts';
import { parseHttpHeaders } from './http-headers.ts';

/** One entry of `handlers`. */
export type Handler = ScriptHandler | StaticHandler;

/** A handler whose requests go to the service. */
export interface ScriptHandler {
  readonly kind: 'script';
  /** Matches whole paths. */
  readonly url: RegExp;
}

/** A handler whose requests are answered with files. */
export interface StaticHandler {
  readonly kind: 'static';
  /** Matches whole paths. */
  readonly url: RegExp;
  /** The file, relative to the folder of the app.yaml; `\1` stands for the first group of `url`. */
  readonly file: string;
  /** Matches the files that a deployment uploads; undefined: all that `file` can name. */
  readonly upload: RegExp | undefined;
  /** undefined: by the ending of the file. */
  readonly mimeType: string | undefined;
  /** How long clients may keep a response; undefined: as the `default_expiration` of the app.yaml says. */
  readonly expirationSeconds: number | undefined;
  readonly httpHeaders: Readonly<Record<string, string>>;
  /** A path without a file goes to the next handler that matches; otherwise it gets 404. */
  readonly requireMatchingFile: boolean;
}

const STATIC_KEYS = [
  'upload',
  'mime_type',
  'expiration',
  'require_matching_file',
  'http_headers',
  'application_readable',
];
const HANDLER_KEYS = [
  'url',
  'script',
  'static_files',
  'static_dir',
  ...STATIC_KEYS,
  'secure',
  'login',
  'auth_fail_action',
  'redirect_http_response_code',
];
/** Maximum number of handlers. Source: App Engine's reference of app.yaml. */
export const MAX_HANDLERS = 100;
const SECURE_VALUES = ['always', 'never', 'optional', 'default'];
const REDIRECT_STATUSES = [301, 302, 303, 307];

/** Reads `handlers`; settings that App Engine does not take for Node.js are problems. */
export function parseHandlers(yaml: YamlFile, value: unknown): Handler[] {
  const items = yaml.list(value, ['handlers'], 'handlers') ?? [];
  if (items.length > MAX_HANDLERS) {
    yaml.problem(['handlers'], `at most ${MAX_HANDLERS} handlers are allowed, got ${items.length}`);
  }
  return items.flatMap((item, index) => {
    const handler = parseHandler(yaml, item, ['handlers', index], HANDLER_KEYS);
    return handler === undefined ? [] : [handler];
  });
}

/** Reads one handler of an included file: it may say whether it comes before or behind those of the app.yaml. */
export function parseIncludedHandler(
  yaml: YamlFile,
  item: unknown,
  path: YamlPath,
): { handler: Handler; isTail: boolean } | undefined {
  const handler = parseHandler(yaml, item, path, [...HANDLER_KEYS, 'position']);
  if (handler === undefined) return undefined;
  const { position } = item as { position?: unknown };
  if (position !== undefined && position !== 'head' && position !== 'tail') {
    yaml.problem([...path, 'position'], '"position" must be head or tail');
  }
  return { handler, isTail: position === 'tail' };
}

function parseHandler(
  yaml: YamlFile,
  item: unknown,
  path: YamlPath,
  keys: readonly string[],
): Handler | undefined {
  const handler = yaml.mapping(item, path, 'a handler', keys);
  if (!handler) return undefined;
  const url = parseUrl(yaml, handler['url'], path);
  const kinds = ['script', 'static_files', 'static_dir'].filter((key) => handler[key] !== undefined);
  const [kind, second] = kinds;
  if (kind === undefined) {
    yaml.problem(path, 'a handler needs "script" (script: auto) or static files');
  } else if (second !== undefined) {
    yaml.problem([...path, second], `"${second}" and "${kind}" exclude each other: keep one`);
  }
  if (kind === 'script') checkScript(yaml, handler, path);
  checkAccess(yaml, handler, path);
  if (url === undefined || kind === undefined) return undefined;
  if (kind === 'script') {
    const pattern = parsePattern(yaml, url, [...path, 'url']);
    return pattern && { kind: 'script', url: pattern };
  }
  return parseStatic(yaml, handler, { url, isFolder: kind === 'static_dir', path });
}

function parseStatic(
  yaml: YamlFile,
  handler: Readonly<Record<string, unknown>>,
  { url, isFolder, path }: { url: string; isFolder: boolean; path: YamlPath },
): StaticHandler | undefined {
  const text = (key: string, expected: string) =>
    yaml.text(handler[key], [...path, key], `"${key}"`, /./, expected);
  if (isFolder && handler['upload'] !== undefined) {
    yaml.problem([...path, 'upload'], '"upload" belongs to static_files; static_dir uploads its folder');
  }
  if (!isFolder && handler['upload'] === undefined) {
    yaml.problem(path, 'a handler with static_files needs "upload", a pattern of the files to upload');
  }
  const pattern = parsePattern(yaml, isFolder ? `${url.replace(/\/$/, '')}/(.*)` : url, [...path, 'url']);
  const source = isFolder ? text('static_dir', 'a folder') : text('static_files', 'a file');
  const upload = isFolder ? undefined : text('upload', 'a pattern of files');
  const mimeType = text('mime_type', 'a MIME type such as text/html');
  const httpHeaders = parseHttpHeaders(yaml, handler['http_headers'], [...path, 'http_headers']);
  if (mimeType !== undefined && Object.keys(httpHeaders).some((name) => /^content-type$/i.test(name))) {
    yaml.problem([...path, 'mime_type'], '"mime_type" and the header Content-Type exclude each other');
  }
  if (pattern === undefined || source === undefined) return undefined;
  return {
    kind: 'static',
    url: pattern,
    file: isFolder ? `${source.replace(/\/$/, '')}/\\1` : source,
    upload: upload === undefined ? undefined : parsePattern(yaml, upload, [...path, 'upload']),
    mimeType,
    expirationSeconds: parseExpiration(yaml, handler['expiration'], [...path, 'expiration']),
    httpHeaders,
    requireMatchingFile: handler['require_matching_file'] === true,
  };
}

function parseUrl(yaml: YamlFile, url: unknown, path: YamlPath): string | undefined {
  if (url === undefined) yaml.problem(path, 'a handler needs a "url"');
  return yaml.text(
    url,
    [...path, 'url'],
    'a handler\'s "url"',
    /^(?!\^)[/.(].*/,
    'a pattern that starts with /',
  );
}

/** A pattern that matches the whole text. App Engine's patterns have the syntax that JavaScript shares. */
function parsePattern(yaml: YamlFile, source: string, path: YamlPath): RegExp | undefined {
  try {
    return new RegExp(`^(?:${source})$`);
  } catch (error) {
    yaml.problem(path, `"${path.at(-1)}" must be a regular expression: ${(error as Error).message}`);
    return undefined;
  }
}

function checkScript(yaml: YamlFile, handler: Readonly<Record<string, unknown>>, path: YamlPath): void {
  const { script } = handler;
  if (script !== 'auto') {
    yaml.problem([...path, 'script'], `"script" must be auto for Node.js, got ${JSON.stringify(script)}`);
  }
  for (const key of STATIC_KEYS.filter((name) => handler[name] !== undefined)) {
    yaml.problem([...path, key], `"${key}" belongs to static files, not to a script`);
  }
}

function checkAccess(yaml: YamlFile, handler: Readonly<Record<string, unknown>>, path: YamlPath): void {
  const { login, secure, redirect_http_response_code: redirectStatus } = handler;
  if (login !== undefined && login !== 'optional') {
    yaml.problem(
      [...path, 'login'],
      '"login" is not supported for Node.js; check the request in the service',
    );
  }
  if (secure !== undefined && !SECURE_VALUES.includes(String(secure))) {
    yaml.problem([...path, 'secure'], '"secure" must be always, never, optional or default');
  }
  if (redirectStatus !== undefined && !REDIRECT_STATUSES.includes(Number(redirectStatus))) {
    yaml.problem(
      [...path, 'redirect_http_response_code'],
      `"redirect_http_response_code" must be one of ${REDIRECT_STATUSES.join(', ')}, got ${JSON.stringify(redirectStatus)}`,
    );
  }
}
