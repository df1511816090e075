import { MalformedResponseError } from './malformed-response-error.ts';

/** The end of a body: after a number of bytes, after its last chunk, or with the connection. */
type BodyEnd = number | 'chunked' | 'connection';

/** The status line and the headers of a response. */
export interface ResponseHead {
  readonly status: number;
  /** The first value of each header, by its name in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly bodyEnd: BodyEnd;
  /** Whether the handler keeps the connection open. */
  readonly keepsAlive: boolean;
  /** How long the handler keeps an idle connection, as its `Keep-Alive` header says. */
  readonly keepAliveMs: number | undefined;
}

const STATUS_LINE = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: [\t\x20-\x7e\x80-\xff]*)?$/;
const HEADER_LINE = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[\t ]*([\t\x20-\x7e\x80-\xff]*)$/;
const SWITCHING_PROTOCOLS = 101;

/**
 * Reads the head of a response.
 * @param text the lines before the empty one, as latin1
 * @param isHead whether the request was a HEAD, whose response has no body
 * @throws {MalformedResponseError}
 */
export function readResponseHead(text: string, isHead: boolean): ResponseHead {
  const [statusLine = '', ...lines] = text.split('\r\n');
  const [, minorVersion, digits] = STATUS_LINE.exec(statusLine) ?? [];
  if (digits === undefined) throw new MalformedResponseError('Invalid status line');
  const status = Number(digits);
  if (status === SWITCHING_PROTOCOLS) throw new MalformedResponseError('Protocol switched unasked');
  const headers = new Map<string, string>();
  let [connection, transferEncoding] = ['', ''];
  for (const line of lines) {
    const [, spelled, given] = HEADER_LINE.exec(line) ?? [];
    if (spelled === undefined || given === undefined) throw new MalformedResponseError('Invalid header');
    const [name, value] = [spelled.toLowerCase(), given.trimEnd()];
    if (name === 'connection') connection += `,${value}`;
    if (name === 'transfer-encoding') transferEncoding += `,${value}`;
    if (!headers.has(name)) headers.set(name, value);
    else if (name === 'content-length') throw new MalformedResponseError('Content-Length twice');
  }
  const isLastVersion = minorVersion === '1';
  const keepAlive = /(?:^|[,\s])timeout=(\d{1,9})/i.exec(headers.get('keep-alive') ?? '')?.[1];
  return {
    status,
    headers,
    bodyEnd: bodyEndOf(status, isHead, headers.get('content-length'), transferEncoding),
    keepsAlive: isLastVersion ? !hasToken(connection, 'close') : hasToken(connection, 'keep-alive'),
    keepAliveMs: keepAlive === undefined ? undefined : Number(keepAlive) * 1_000,
  };
}

/** The end of the body (RFC 9112 §6.3). Two rules at once are an attempt to smuggle, or a fault: refused. */
function bodyEndOf(
  status: number,
  isHead: boolean,
  contentLength: string | undefined,
  transferEncoding: string,
): BodyEnd {
  if (contentLength !== undefined && !/^\d{1,15}$/.test(contentLength)) {
    throw new MalformedResponseError('Invalid Content-Length');
  }
  if (isHead || status < 200 || status === 204 || status === 304) return 0;
  if (transferEncoding !== '') {
    if (contentLength !== undefined) {
      throw new MalformedResponseError('Content-Length beside Transfer-Encoding');
    }
    return /,[\t ]*chunked[\t ]*$/i.test(transferEncoding) ? 'chunked' : 'connection';
  }
  return contentLength === undefined ? 'connection' : Number(contentLength);
}

function hasToken(list: string, token: string): boolean {
  return list !== '' && list.split(',').some((item) => item.trim().toLowerCase() === token);
}
