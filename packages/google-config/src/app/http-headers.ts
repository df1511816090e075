import type { YamlFile, YamlPath } from '../yaml/yaml-file.ts';

/** Names of requests, of one connection, and those that App Engine sets. Source: appinfo.py of the Google Cloud SDK. */
const REFUSED_NAMES: ReadonlySet<string> = new Set([
  ...['accept', 'accept-charset', 'accept-encoding', 'accept-language', 'authorization', 'expect', 'from'],
  ...['host', 'if-match', 'if-modified-since', 'if-none-match', 'if-range', 'if-unmodified-since'],
  ...['max-forwards', 'proxy-authorization', 'range', 'referer', 'te', 'user-agent'],
  ...['connection', 'keep-alive', 'proxy-authenticate', 'trailers', 'transfer-encoding', 'upgrade'],
  ...['content-encoding', 'content-length', 'date', 'server'],
]);
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** Reads `http_headers` of a static handler: names and texts of response headers. */
export function parseHttpHeaders(
  yaml: YamlFile,
  value: unknown,
  path: YamlPath,
): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {};
  for (const [name, raw] of Object.entries(yaml.mapping(value, path, 'http_headers') ?? {})) {
    const lower = name.toLowerCase();
    if (!TOKEN.test(name)) {
      yaml.problem([...path, name], `"${name}" is no name of a header`);
    } else if (REFUSED_NAMES.has(lower) || lower.startsWith('x-appengine')) {
      yaml.problem([...path, name], `the header ${name} cannot be set: App Engine or the client sets it`);
    }
    // A space before a comma in a value is no problem; a line break would start another header.
    const text = yaml.text(raw, [...path, name], `the header ${name}`, /^[\t\x20-\x7e]*$/, 'ASCII text');
    if (text !== undefined) headers[name] = text;
  }
  return headers;
}
