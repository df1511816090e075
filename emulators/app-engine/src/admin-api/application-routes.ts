import type { SplitBy } from '../services/traffic-split.ts';
import type { AppEngineEmulator } from '../start-app-engine-emulator.ts';
import { badRequest, notFound } from './admin-api-error.ts';
import type { AdminOperations } from './admin-operations.ts';
import { type AdminCall, type AdminRoute, jsonBody } from './admin-route.ts';

interface ServiceMessage {
  readonly split: { readonly allocations?: Readonly<Record<string, number>>; readonly shardBy?: string };
}

interface ApplicationMessage {
  readonly dispatchRules: readonly { domain?: string; path?: string; service?: string }[];
}

/** The application and its services: traffic and dispatch rules. */
export class ApplicationRoutes {
  readonly #emulator: AppEngineEmulator;
  readonly #project: string;
  readonly #bucket: string;
  readonly #operations: AdminOperations;

  constructor(options: {
    emulator: AppEngineEmulator;
    project: string;
    bucket: string;
    operations: AdminOperations;
  }) {
    this.#emulator = options.emulator;
    this.#project = options.project;
    this.#bucket = options.bucket;
    this.#operations = options.operations;
  }

  get routes(): readonly AdminRoute[] {
    const app = `/v1/apps/${this.#project}`;
    return [
      [new RegExp(`^GET ${app}$`), () => this.#application()],
      [new RegExp(`^PATCH ${app}$`), (call) => this.#setDispatchRules(call)],
      [
        new RegExp(`^GET ${app}/services$`),
        () => ({ services: this.#names().map((id) => this.#service(id)) }),
      ],
      [
        new RegExp(`^GET ${app}/services/([\\w-]+)$`),
        ({ groups: [id = ''] }) => {
          if (!this.#names().includes(id)) throw notFound(`Service ${id}`);
          return this.#service(id);
        },
      ],
      [new RegExp(`^PATCH ${app}/services/([\\w-]+)$`), (call) => this.#setTraffic(call)],
      [new RegExp(`^GET /v1/projects/${this.#project}/services/[\\w.]+$`), () => ({ state: 'ENABLED' })],
    ];
  }

  #application(): object {
    return {
      name: `apps/${this.#project}`,
      id: this.#project,
      locationId: 'us-central',
      codeBucket: this.#bucket,
      defaultBucket: `${this.#project}.appspot.com`,
      // gcloud makes addresses of it: SERVICE-dot-PROJECT.localhost.
      defaultHostname: `${this.#project}.localhost:${this.#emulator.port}`,
      servingStatus: 'SERVING',
      dispatchRules: this.#emulator
        .dispatchRules()
        .map(({ host, path, service }) => ({ domain: host, path, service })),
    };
  }

  #names(): readonly string[] {
    return [...new Set(this.#emulator.services().map(({ service }) => service))];
  }

  #service(id: string): object {
    const shares = this.#emulator
      .services()
      .filter(({ service, trafficShare }) => service === id && trafficShare > 0)
      .map(({ version, trafficShare }) => [version, trafficShare]);
    return {
      name: `apps/${this.#project}/services/${id}`,
      id,
      split: { allocations: Object.fromEntries(shares) as object },
    };
  }

  #setTraffic(call: AdminCall): object {
    const { groups: [id = ''] = [], query } = call;
    if (!this.#names().includes(id)) throw notFound(`Service ${id}`);
    requireMask(query, 'split');
    const { split } = jsonBody<ServiceMessage>(call);
    return this.#operations.start(async () => {
      this.#emulator.setTraffic(id, { ...split?.allocations }, splitBy(split?.shardBy));
      return { '@type': 'type.googleapis.com/google.appengine.v1.Service', ...this.#service(id) };
    });
  }

  #setDispatchRules(call: AdminCall): object {
    requireMask(call.query, 'dispatchRules');
    const rules = (jsonBody<ApplicationMessage>(call).dispatchRules ?? []).map(
      ({ domain = '*', path = '/*', service = 'default' }) => ({ host: domain, path, service }),
    );
    const missing = rules.find(({ service }) => !this.#names().includes(service));
    if (missing)
      throw badRequest(`A dispatch rule names the service "${missing.service}", which is not there`);
    this.#emulator.setDispatchRules(rules);
    return this.#operations.start(async () => ({
      '@type': 'type.googleapis.com/google.appengine.v1.Application',
      ...this.#application(),
    }));
  }
}

/** @throws {AdminApiError} for another change; not 501, after which gcloud would try again for a minute */
function requireMask(query: URLSearchParams, member: string): void {
  // gcloud ends its list with a comma.
  const members = (query.get('updateMask') ?? '').split(',').filter((name) => name !== '');
  if (members.length === 1 && members[0] === member) return;
  throw badRequest(`Only "${member}" can be changed on this machine, not "${members.join(', ')}"`);
}

function splitBy(shardBy: string | undefined): SplitBy {
  if (shardBy === 'COOKIE') return 'cookie';
  return shardBy === 'IP' ? 'ip' : 'random';
}
