import { type AppYaml, SERVICE_NAME_PATTERN } from '@waybill/google-config';
import { requireInspectable } from '../instances/inspector.ts';
import { DeploymentError } from './deployment-error.ts';
import { type ServiceContext, ServiceVersion } from './service-version.ts';
import { type SplitBy, TrafficSplit, type Visitor } from './traffic-split.ts';

interface Service {
  versions: Map<string, ServiceVersion>;
  traffic: TrafficSplit;
}

/** The services of the application, their versions, and which version gets how much of the traffic. */
export class ServiceRegistry {
  readonly #services = new Map<string, Service>();
  readonly #context: ServiceContext;
  readonly #random: () => number;

  /** @param random a number from 0 up to, not including, 1: which version gets a request where traffic is split */
  constructor(context: ServiceContext, random: () => number) {
    this.#context = context;
    this.#random = random;
  }

  get serviceNames(): string[] {
    return [...this.#services.keys()].sort();
  }

  /** The versions of a service, in the order they were added; none for an unknown service. */
  versions(service: string): ServiceVersion[] {
    return [...(this.#services.get(service)?.versions.values() ?? [])];
  }

  /** The versions of all services. */
  allVersions(): ServiceVersion[] {
    return this.serviceNames.flatMap((service) => this.versions(service));
  }

  /** One version of a service, or all of them. @throws {DeploymentError} if there is none */
  select(service: string, version: string | undefined): ServiceVersion[] {
    const found = this.versions(service).filter((one) => (version ?? one.version) === one.version);
    if (found.length === 0) {
      throw new DeploymentError(
        `There is no service "${service}"${version ? ` with a version "${version}"` : ''}`,
      );
    }
    return found;
  }

  /** @returns undefined if there is none of this name */
  version(service: string, version: string): ServiceVersion | undefined {
    return this.#services.get(service)?.versions.get(version);
  }

  /** The share of the traffic of its service that a version gets, from 0 to 1. */
  share(service: string, version: string): number {
    return this.#services.get(service)?.traffic.shares.get(version) ?? 0;
  }

  /**
   * The version that takes a request to a service which names none, and the cookie that keeps its client there; undefined
   * for an unknown service.
   */
  serving(
    service: string,
    visitor: Visitor,
  ): { version: ServiceVersion; setCookie?: string | undefined } | undefined {
    const found = this.#services.get(service);
    const assigned = found?.traffic.assign(visitor, this.#random);
    const version = assigned && found?.versions.get(assigned.version);
    return version && { version, setCookie: assigned.setCookie };
  }

  /**
   * Adds a version without starting it. The first version of a service gets all of its traffic.
   * @throws {DeploymentError} if there is one of this name, the name is none, or its entry point can't be debugged
   */
  add(options: {
    appYaml: AppYaml;
    version: string;
    deploymentId: string;
    overlay: Record<string, string>;
    inspectorPort: number | undefined;
    install: boolean;
  }): ServiceVersion {
    const { appYaml, version } = options;
    if (!SERVICE_NAME_PATTERN.test(version) || version.includes('-dot-')) {
      const rule = 'lower-case letters, digits and inner hyphens, at most 63, without "-dot-"';
      throw new DeploymentError(`A version's name must be ${rule}, got "${version}"`);
    }
    if (this.version(appYaml.service, version)) {
      throw new DeploymentError(
        `Service "${appYaml.service}" has a version "${version}" already (${appYaml.file}): give another version`,
      );
    }
    if (options.inspectorPort !== undefined) requireInspectable(appYaml);
    const added = new ServiceVersion({ ...options, context: this.#context });
    const service = this.#services.get(appYaml.service) ?? {
      versions: new Map(),
      traffic: new TrafficSplit({ [version]: 1 }, 'random'),
    };
    service.versions.set(version, added);
    this.#services.set(appYaml.service, service);
    return added;
  }

  /**
   * Shares out the traffic of a service, for example `{ v1: 0.9, v2: 0.1 }`.
   * @throws {DeploymentError} for an unknown service or version, and for shares that can't be
   */
  setTraffic(service: string, shares: Record<string, number>, by: SplitBy): void {
    const found = this.#services.get(service);
    if (!found)
      throw new DeploymentError(
        `There is no service "${service}" (services: ${this.serviceNames.join(', ')})`,
      );
    const unknown = Object.keys(shares).find((version) => !found.versions.has(version));
    if (unknown !== undefined) {
      const known = [...found.versions.keys()].join(', ');
      throw new DeploymentError(`Service "${service}" has no version "${unknown}" (versions: ${known})`);
    }
    found.traffic = new TrafficSplit(shares, by);
  }

  /**
   * Stops a version and forgets it. As with gcloud, the version must not get traffic, unless it is the only one.
   * @throws {DeploymentError} if it is unknown or still gets traffic
   */
  async remove(service: string, version: string): Promise<void> {
    const found = this.#services.get(service);
    const removed = found?.versions.get(version);
    if (!found || !removed)
      throw new DeploymentError(`There is no version "${version}" of service "${service}"`);
    if (found.traffic.shares.has(version) && found.versions.size > 1) {
      throw new DeploymentError(
        `Version "${version}" of service "${service}" gets traffic: give it to another version before you remove this one`,
      );
    }
    found.versions.delete(version);
    if (found.versions.size === 0) this.#services.delete(service);
    await removed.stop();
  }

  /** Ends every instance of every version in order. */
  async stop(): Promise<void> {
    await Promise.all(this.allVersions().map((version) => version.stop()));
  }
}
