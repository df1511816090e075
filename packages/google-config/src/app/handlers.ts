import type { YamlFile, YamlPath } from '../yaml/yaml-file.ts';

/** One entry of `handlers`. */
export interface Handler {
  /** Position in the list, from 0. */
  readonly index: number;
  readonly kind: 'script' | 'static';
}

const HANDLER_KEYS = [
  'url',
  'script',
  'static_files',
  'static_dir',
  'upload',
  'mime_type',
  'expiration',
  'require_matching_file',
  'http_headers',
  'secure',
  'login',
  'auth_fail_action',
  'redirect_http_response_code',
];
/** Maximum number of handlers. Source: App Engine's reference of app.yaml. */
const MAX_HANDLERS = 100;
const SECURE_VALUES = ['always', 'never', 'optional', 'default'];

/** Reads `handlers`; settings that App Engine does not take for Node.js are problems. */
export function parseHandlers(yaml: YamlFile, value: unknown): Handler[] {
  const items = yaml.list(value, ['handlers'], 'handlers') ?? [];
  if (items.length > MAX_HANDLERS) {
    yaml.problem(['handlers'], `at most ${MAX_HANDLERS} handlers are allowed, got ${items.length}`);
  }
  return items.flatMap((item, index) => {
    const path = ['handlers', index];
    const handler = yaml.mapping(item, path, 'a handler', HANDLER_KEYS);
    if (!handler) return [];
    checkUrl(yaml, handler['url'], path);
    const isStatic = handler['static_files'] !== undefined || handler['static_dir'] !== undefined;
    if (!isStatic) checkScript(yaml, handler['script'], path);
    checkAccess(yaml, handler, path);
    return [{ index, kind: isStatic ? 'static' : 'script' }];
  });
}

function checkUrl(yaml: YamlFile, url: unknown, path: YamlPath): void {
  if (url === undefined) yaml.problem(path, 'a handler needs a "url"');
  yaml.text(url, [...path, 'url'], 'a handler\'s "url"', /^(?!\^)[/.(].*/, 'a pattern that starts with /');
}

function checkScript(yaml: YamlFile, script: unknown, path: YamlPath): void {
  if (script === undefined) {
    yaml.problem(path, 'a handler needs "script" (script: auto) or static files');
  } else if (script !== 'auto') {
    yaml.problem([...path, 'script'], `"script" must be auto for Node.js, got ${JSON.stringify(script)}`);
  }
}

function checkAccess(yaml: YamlFile, handler: Readonly<Record<string, unknown>>, path: YamlPath): void {
  const { login, secure } = handler;
  if (login !== undefined && login !== 'optional') {
    yaml.problem(
      [...path, 'login'],
      '"login" is not supported for Node.js; check the request in the service',
    );
  }
  if (secure !== undefined && !SECURE_VALUES.includes(String(secure))) {
    yaml.problem([...path, 'secure'], '"secure" must be always, never, optional or default');
  }
}
