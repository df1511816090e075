import { isIPv4 } from 'node:net';
import { asciiLowerCase } from './ascii-lower-case.ts';

/** The protocols that send in clear text. `smtp:` is absent: the mailer upgrades it to TLS (STARTTLS), or sends nothing. */
const CLEAR_TEXT_PROTOCOLS: ReadonlySet<string> = new Set(['http:', 'ws:', 'ftp:']);

/**
 * Whether a host, as `URL` parses it, is this machine: `localhost`, 127.0.0.0/8 or `[::1]`. Names that only begin or end
 * like one (`127.0.0.1.nip.io`) are not.
 */
export function isLoopbackHost(host: string): boolean {
  if (isIPv4(host)) return host.startsWith('127.');
  return host === '[::1]' || asciiLowerCase(host) === 'localhost';
}

/** Whether requests to a URL are encrypted, or do not leave this machine. */
export function isProtectedUrl(url: URL): boolean {
  return !CLEAR_TEXT_PROTOCOLS.has(url.protocol) || isLoopbackHost(url.hostname);
}

/**
 * Checks a URL that came as an argument rather than by a setting.
 * @throws {RangeError} if its requests would leave this machine in clear text
 */
export function requireProtectedUrl(name: string, url: URL): void {
  if (isProtectedUrl(url)) return;
  throw new RangeError(
    `${name} must be an https:// URL (http:// only to this machine: localhost, 127.0.0.0/8, [::1]), got ${url.protocol}//${url.host}`,
  );
}
