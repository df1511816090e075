import { invalidArgument } from '../cloud-tasks-error.ts';
import type { Headers } from './task.ts';

const APP_ENGINE_AGENT = 'AppEngine-Google; (+http://code.google.com/appengine)';
const HTTP_AGENT = 'Google-Cloud-Tasks';
/** Documented as "must be less than 80KB" for HTTP targets. */
const HEADERS_LIMIT_BYTES = 80 * 1024;
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
// A line break in a value would let one header become two; the other control characters are no text either.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const UNSENDABLE = /[\x00-\x08\x0a-\x1f\x7f]|[^\x00-\xff]/;

/**
 * An HTTP target's headers as they are stored: reserved ones dropped, the User-Agent the service's own.
 * @throws {CloudTasksError} INVALID_ARGUMENT for what cannot be a header
 */
export function storeHttpHeaders(given: Headers): Headers {
  const kept = checked('HttpRequest', given).filter(
    ([name]) => !isReserved(name) && !/^(user-agent$|x-cloudtasks-)/i.test(name),
  );
  return [...kept, ['User-Agent', HTTP_AGENT]];
}

/**
 * An App Engine target's headers as they are stored: reserved ones dropped, App Engine's agent appended to the
 * caller's; with a body, its length, and a content type where the caller gave none.
 * @throws {CloudTasksError} INVALID_ARGUMENT for what cannot be a header
 */
export function storeAppEngineHeaders(given: Headers, bodyBytes: number): Headers {
  const named = checked('AppEngineHttpRequest', given).filter(([name]) => !isReserved(name));
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

function isReserved(name: string): boolean {
  return /^(host$|content-length$|x-google-|x-appengine-)/i.test(name);
}

function checked(message: string, headers: Headers): Headers {
  let bytes = 0;
  for (const [name, value] of headers) {
    if (!TOKEN.test(name)) throw invalidArgument(`${message}.headers: "${name}" is not a valid header name.`);
    if (UNSENDABLE.test(value)) {
      throw invalidArgument(
        `${message}.headers: the value of "${name}" holds characters that cannot be sent.`,
      );
    }
    bytes += Buffer.byteLength(name) + Buffer.byteLength(value);
  }
  if (bytes >= HEADERS_LIMIT_BYTES) {
    throw invalidArgument(`${message}.headers must be smaller than 80KB in total, got ${bytes} bytes.`);
  }
  return headers;
}
