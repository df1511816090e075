import { isIP } from 'node:net';

/** What the Host of a request names, by position: `[[INSTANCE.]VERSION.]SERVICE`, or one name that may be a service or a version. */
export type HostTarget =
  | { kind: 'default' }
  /** A service of this name; if there is none, a version of the default service. */
  | { kind: 'service-or-version'; name: string }
  | { kind: 'version'; service: string; version: string; instance?: string }
  /** An appspot host of another project, or more names than a host can have. */
  | { kind: 'unknown'; reason: string };

/** The application that host names belong to. */
export interface AppEngineApplication {
  project: string;
  /** The region's short id in host names, `uc` for us-central. */
  regionId: string;
}

/**
 * Reads the Host of a request as App Engine does, with `localhost` for the project's own host name.
 * Names are separated by dots or by `-dot-`. A host that is no part of appspot.com or localhost is taken for a custom domain,
 * which App Engine gives to the default service.
 */
export function parseAppEngineHost(host: string | undefined, application: AppEngineApplication): HostTarget {
  const name = hostName(host);
  if (name === '' || name === 'localhost' || isIP(name) > 0) return { kind: 'default' };
  if (name.endsWith('.localhost')) {
    const names = splitNames(name.slice(0, -'.localhost'.length));
    // gcloud shows addresses that end with the project, like those of appspot.com.
    return targetOf(names.at(-1) === application.project ? names.slice(0, -1) : names, name);
  }
  if (!name.endsWith('.appspot.com')) return { kind: 'default' };
  const regional = `.${application.regionId}.r.appspot.com`;
  const names = splitNames(
    name.slice(0, name.endsWith(regional) ? -regional.length : -'.appspot.com'.length),
  );
  if (names.at(-1) !== application.project) {
    const expected = `…${application.project}${regional} or …${application.project}.appspot.com`;
    return { kind: 'unknown', reason: `the host ${name} is not of this application (${expected})` };
  }
  return targetOf(names.slice(0, -1), name);
}

/** The host name in a Host header: lower case, without port, brackets and final dot. */
export function hostName(host: string | undefined): string {
  const lower = (host ?? '').trim().toLowerCase();
  const bracketed = /^\[([^\]]*)\]/.exec(lower);
  return bracketed ? (bracketed[1] ?? '') : lower.replace(/:\d*$/, '').replace(/\.$/, '');
}

/** Every host name by which App Engine knows a service: with dots and `-dot-`, with and without the region. */
export function appspotHosts(service: string, { project, regionId }: AppEngineApplication): string[] {
  const ends = [`${project}.${regionId}.r.appspot.com`, `${project}.appspot.com`];
  if (service === 'default')
    return [...ends, ...ends.flatMap((end) => [`default.${end}`, `default-dot-${end}`])];
  return ends.flatMap((end) => [`${service}.${end}`, `${service}-dot-${end}`]);
}

function splitNames(text: string): string[] {
  return text.split(/-dot-|\./);
}

function targetOf(names: string[], host: string): HostTarget {
  const [first, second, third] = names;
  if (first === undefined) return { kind: 'default' };
  if (second === undefined) return { kind: 'service-or-version', name: first };
  if (third === undefined) return { kind: 'version', version: first, service: second };
  if (names.length === 3) return { kind: 'version', instance: first, version: second, service: third };
  return { kind: 'unknown', reason: `the host ${host} has more parts than INSTANCE, VERSION and SERVICE` };
}
