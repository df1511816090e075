import { BlockList, isIP } from 'node:net';

/** Reason and status of a refusal by {@link AllowedHosts}; the code is that of control routes. */
export const HOST_REFUSAL = { status: 403, code: 'NOT_FROM_HERE' } as const;

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/** Listen addresses that name no host. */
const WILDCARDS: readonly string[] = ['0.0.0.0', '::'];
/** A host name of letters, digits, hyphens and underscores, as containers have them. */
const HOST_NAME = /^[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?$/i;
const MAX_SHOWN_CHARACTERS = 100;

/**
 * The host names that requests to a local server may carry. A web page reaches a local server by a name of its own that
 * resolves to this machine (DNS rebinding); its requests then carry that name in Host or `:authority`.
 */
export class AllowedHosts {
  readonly #names: ReadonlySet<string>;
  readonly #domains: readonly string[];

  /**
   * @param options.listenHost the address that the server listens on
   * @param options.further names beside loopback addresses, `localhost` and `*.localhost`; without a port
   * @param options.domains names that are allowed with everything below them, by a dot or by App Engine's `-dot-`
   */
  constructor(
    options: { listenHost?: string; further?: readonly string[]; domains?: readonly string[] } = {},
  ) {
    const { listenHost, further = [], domains = [] } = options;
    const own = listenHost === undefined || WILDCARDS.includes(listenHost) ? [] : [listenHost];
    this.#names = new Set([...own, ...further].map((name) => name.toLowerCase()));
    this.#domains = domains.map((name) => name.toLowerCase());
  }

  /** Tells whether a Host or `:authority` names this server. A port is ignored. */
  allows(authority: string): boolean {
    const name = hostOf(authority);
    if (name === undefined) return false;
    if (name === 'localhost' || name.endsWith('.localhost')) return true;
    const family = isIP(name);
    if (family !== 0 && LOOPBACK.check(name, family === 4 ? 'ipv4' : 'ipv6')) return true;
    if (this.#names.has(name)) return true;
    return this.#domains.some(
      (domain) => name === domain || name.endsWith(`.${domain}`) || name.endsWith(`-dot-${domain}`),
    );
  }

  /** The text for a client whose request was refused. */
  refusalOf(authority: string): string {
    return `This server answers only requests to localhost and loopback addresses; the host was ${shown(authority)}. Start it with --allow-host NAME to allow another host`;
  }
}

/** Tells whether a text is a host that `--allow-host` takes: a name or an IP address, without a port. */
export function isHostName(text: string): boolean {
  return isIP(text) !== 0 || HOST_NAME.test(text);
}

/** The host of an authority in lower case, without port, brackets and final dot; undefined if it is none. */
function hostOf(authority: string): string | undefined {
  const lower = authority.toLowerCase();
  const [, bracketed] = /^\[([0-9a-f:.]+)\](?::\d{0,5})?$/.exec(lower) ?? [];
  if (bracketed !== undefined) return isIP(bracketed) === 6 ? bracketed : undefined;
  const name = lower.replace(/:\d{0,5}$/, '').replace(/\.$/, '');
  return HOST_NAME.test(name) ? name : undefined;
}

function shown(authority: string): string {
  return JSON.stringify(authority.slice(0, MAX_SHOWN_CHARACTERS));
}
