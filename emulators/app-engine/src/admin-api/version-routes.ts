import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { YamlFileError } from '@waybill/google-config';
import { readServiceYaml } from '../services/read-service-yaml.ts';
import type { AppEngineEmulator, VersionState } from '../start-app-engine-emulator.ts';
import { AdminApiError, badRequest, notFound } from './admin-api-error.ts';
import type { AdminOperations } from './admin-operations.ts';
import { type AdminCall, type AdminRoute, jsonBody } from './admin-route.ts';
import type { UploadedFiles } from './uploaded-files.ts';
import { appYamlText, type VersionMessage } from './version-message.ts';

/** Name of the file that says what a version's message says; the uploaded app.yaml may have another name or place. */
const APP_YAML_NAME = 'app-engine-emulator.yaml';

/** Versions and instances: what `gcloud app deploy`, `gcloud app versions` and `gcloud app instances` ask for. */
export class VersionRoutes {
  readonly #emulator: AppEngineEmulator;
  readonly #project: string;
  readonly #folder: string;
  readonly #files: UploadedFiles;
  readonly #operations: AdminOperations;
  /** The bodies that gcloud sent, by service and version. */
  readonly #messages = new Map<string, Partial<VersionMessage>>();

  /** @param options.folder holds the files of deployed versions */
  constructor(options: {
    emulator: AppEngineEmulator;
    project: string;
    folder: string;
    files: UploadedFiles;
    operations: AdminOperations;
  }) {
    this.#emulator = options.emulator;
    this.#project = options.project;
    this.#folder = options.folder;
    this.#files = options.files;
    this.#operations = options.operations;
  }

  get routes(): readonly AdminRoute[] {
    const versions = `/v1/apps/${this.#project}/services/([\\w-]+)/versions`;
    return [
      [
        new RegExp(`^GET ${versions}$`),
        ({ groups: [service] }) => ({
          versions: this.#emulator
            .services()
            .filter((state) => state.service === service)
            .map((state) => this.#messageOf(state)),
        }),
      ],
      [new RegExp(`^POST ${versions}$`), (call) => this.#create(call)],
      [new RegExp(`^GET ${versions}/([\\w-]+)$`), (call) => this.#messageOf(this.#stateOf(call))],
      [new RegExp(`^DELETE ${versions}/([\\w-]+)$`), (call) => this.#delete(call)],
      [
        new RegExp(`^GET ${versions}/([\\w-]+)/instances$`),
        (call) => {
          const state = this.#stateOf(call);
          const name = `apps/${this.#project}/services/${state.service}/versions/${state.version}`;
          return {
            instances: state.instances.map(({ instance: id }) => ({
              name: `${name}/instances/${id}`,
              id,
              availability: 'RESIDENT',
            })),
          };
        },
      ],
    ];
  }

  #create(call: AdminCall): object {
    const { groups: [service = ''] = [] } = call;
    const message = jsonBody<VersionMessage>(call);
    const { id = '' } = message;
    if (!/^[a-z\d][a-z\d-]{0,62}$/.test(id)) throw badRequest(`"${id}" is no id of a version`);
    const states = this.#emulator.services();
    if (states.some((state) => state.service === service && state.version === id)) {
      throw new AdminApiError(
        409,
        'ALREADY_EXISTS',
        `Version ${id} of ${service} exists: give another --version`,
      );
    }
    if (service !== 'default' && !states.some((state) => state.service === 'default')) {
      throw badRequest('The first service of an application must be the "default" service');
    }
    const folder = join(this.#folder, `${service}-${id}`);
    const appYaml = join(folder, APP_YAML_NAME);
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    this.#files.restore(message.deployment?.files ?? {}, folder);
    writeFileSync(appYaml, appYamlText(service, message));
    requireGoodAppYaml(appYaml);
    return this.#operations.start(async () => {
      await this.#emulator.deploy({ appYaml, version: id, install: true });
      this.#messages.set(`${service}/${id}`, message);
      const state = this.#emulator.services().find((one) => one.service === service && one.version === id);
      const type = 'type.googleapis.com/google.appengine.v1.Version';
      return { '@type': type, ...(state && this.#messageOf(state)) };
    });
  }

  #delete(call: AdminCall): object {
    const { service, version } = this.#stateOf(call);
    return this.#operations.start(async () => {
      await this.#emulator.removeVersion(service, version);
      this.#messages.delete(`${service}/${version}`);
      rmSync(join(this.#folder, `${service}-${version}`), { recursive: true, force: true });
      return { '@type': 'type.googleapis.com/google.protobuf.Empty' };
    });
  }

  #stateOf({ groups: [service, version] }: AdminCall): VersionState {
    const state = this.#emulator.services().find((one) => one.service === service && one.version === version);
    if (state === undefined) throw notFound(`Version ${version} of service ${service}`);
    return state;
  }

  #messageOf({ service, version }: VersionState): object {
    const { runtime, instanceClass, envVariables } = this.#messages.get(`${service}/${version}`) ?? {};
    const { port } = this.#emulator;
    return {
      name: `apps/${this.#project}/services/${service}/versions/${version}`,
      id: version,
      runtime,
      instanceClass,
      envVariables,
      env: 'standard',
      servingStatus: 'SERVING',
      versionUrl: `http://${version}-dot-${service}.localhost:${port}`,
    };
  }
}

/** @throws {AdminApiError} naming every problem of the app.yaml */
function requireGoodAppYaml(file: string): void {
  try {
    readServiceYaml(file);
  } catch (error) {
    if (error instanceof YamlFileError) throw badRequest(error.message.replaceAll(file, 'app.yaml'), error);
    throw error;
  }
}
