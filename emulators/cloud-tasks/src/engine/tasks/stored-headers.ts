import type { Headers } from './headers.ts';

const APP_ENGINE_AGENT = 'AppEngine-Google; (+http://code.google.com/appengine)';
const HTTP_AGENT = 'Google-Cloud-Tasks';
/** The service drops a header whose line `name: value\r\n` is longer (recorded). */
const MAX_HEADER_LINE_BYTES = 8_192;
/**
 * Headers that the service drops, as recorded. `Expect` is not recorded. It is in the list because a client that
 * sends it waits for a second response before it sends the body.
 */
const DROPPED =
  /^(host|content-length|connection|keep-alive|proxy-authorization|proxy-connection|te|transfer-encoding|upgrade|expect|via|accept-encoding|x-forwarded-for|from|x-google.*|x-appengine-.*)$/i;
/** Visible ASCII without the colon. `X/Slash` is kept, although HTTP does not allow it. */
const STORABLE_NAME = /^[!-9;-~]+$/;
/** Visible ASCII, blanks and tabs. */
const STORABLE_VALUE = /^[\t -~]+$/;

/** Stores an HTTP target's headers: drops and rewrites what the service drops and rewrites, sets the User-Agent. */
export function storeHttpHeaders(given: Headers): Headers {
  return [
    ...storableHeaders(given).filter(([name]) => !/^user-agent$/i.test(name)),
    ['User-Agent', HTTP_AGENT],
  ];
}

/**
 * Stores an App Engine target's headers: drops and rewrites as for HTTP targets, and appends App Engine's agent to
 * the caller's. With a body it adds the length, and a content type where the caller gave none.
 */
export function storeAppEngineHeaders(given: Headers, bodyBytes: number): Headers {
  const named = storableHeaders(given);
  const agent = named.find(([name]) => /^user-agent$/i.test(name))?.[1];
  const stored: [string, string][] = named
    .filter(([name]) => !/^user-agent$/i.test(name))
    .map(([name, value]) => [name, value]);
  stored.push(['User-Agent', agent ? `${agent} ${APP_ENGINE_AGENT}` : APP_ENGINE_AGENT]);
  if (bodyBytes > 0) {
    stored.push(['Content-Length', String(bodyBytes)]);
    if (!named.some(([name]) => /^content-type$/i.test(name))) {
      stored.push(['Content-Type', 'application/octet-stream']);
    }
  }
  return stored;
}

/** Whether the service drops a header of that name, whatever its value. */
export function isDroppedHeader(name: string): boolean {
  return DROPPED.test(name);
}

/** The headers that the service stores, with their values rewritten as it does. */
export function storableHeaders(headers: Headers): Headers {
  const kept: [string, string][] = [];
  for (const [name, givenValue] of headers) {
    const value = rewritten(givenValue);
    const lineBytes = name.length + value.length + ': \r\n'.length;
    if (isDroppedHeader(name) || !STORABLE_NAME.test(name)) continue;
    if (STORABLE_VALUE.test(value) && lineBytes <= MAX_HEADER_LINE_BYTES) kept.push([name, value]);
  }
  return kept;
}

/** A value cut at its first NUL, with `_` for each character of a line break. */
function rewritten(value: string): string {
  const end = value.indexOf('\0');
  return (end === -1 ? value : value.slice(0, end)).replace(/[\r\n]/g, '_');
}
