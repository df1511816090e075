import { type TargetRequest, UnsendableError } from '../target-request.ts';

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
const PATH = /^[\x21-\xff]+$/;
/** Methods whose requests tell the length of their body even where it is empty. */
const WITH_BODY = new Set(['POST', 'PUT', 'PATCH']);

/**
 * Encodes a request with its body.
 * @param host the authority of its origin, for a request without a `Host` header
 * @throws {UnsendableError} where HTTP cannot carry a header or the path
 */
export function encodeRequest({ method, path, headers, body }: TargetRequest, host: string): Buffer {
  if (!PATH.test(path)) throw new UnsendableError('invalid request path');
  let lines = '';
  let hostValue = host;
  for (const [name, value] of headers) {
    if (!TOKEN.test(name)) throw new UnsendableError('invalid header key');
    if (!HEADER_VALUE.test(value)) throw new UnsendableError(`invalid ${name.toLowerCase()} header`);
    if (name.length === 4 && name.toLowerCase() === 'host') hostValue = value;
    else lines += `${name}: ${value}\r\n`;
  }
  if (body.length > 0 || WITH_BODY.has(method)) lines += `content-length: ${body.length}\r\n`;
  const head = `${method} ${path} HTTP/1.1\r\nhost: ${hostValue}\r\nconnection: keep-alive\r\n${lines}\r\n`;
  const bytes = Buffer.allocUnsafe(head.length + body.length);
  bytes.write(head, 0, 'latin1');
  bytes.set(body, head.length);
  return bytes;
}
