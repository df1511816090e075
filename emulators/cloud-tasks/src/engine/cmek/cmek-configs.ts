import type { GroupCommit } from '@waybill/emulator-kit';
import { CloudTasksError, invalidArgument, invalidRequest } from '../cloud-tasks-error.ts';
import { MICROS_PER_SECOND } from '../micros.ts';
import type { Queue } from '../queues/queue-registry.ts';
import { type LocationName, requireCmekConfigName } from '../resource-names.ts';
import type { CmekStore } from '../storage/cmek-store.ts';

/** The encryption key of a location; '' where it has none. */
export interface CmekConfig {
  readonly name: string;
  readonly kmsKey: string;
}

/** A key ring, a key, or a version of a key. */
const KMS_RESOURCE =
  /^projects\/[^/]+\/locations\/([^/]+)\/keyRings\/[^/]+(\/cryptoKeys\/[^/]+(\/cryptoKeyVersions\/[^/]+)?)?$/;
const MAX_TASK_TTL_MICROS = 60 * 24 * 3_600 * MICROS_PER_SECOND;

interface CmekConfigsOptions {
  readonly group: GroupCommit;
  readonly configs: CmekStore;
  readonly queuesOf: (location: string) => readonly Queue[];
  /** @throws {CloudTasksError} if there is no such location */
  readonly checkLocation: (location: LocationName) => void;
}

/** The customer-managed encryption keys of locations. They are kept and answered; nothing is encrypted by them. */
export class CmekConfigs {
  readonly #options: CmekConfigsOptions;

  constructor(options: CmekConfigsOptions) {
    this.#options = options;
  }

  get(name: string): CmekConfig {
    const location = requireCmekConfigName(name, 'GetCmekConfig');
    this.#options.checkLocation(location);
    return { name, kmsKey: this.#options.configs.find(location.name) };
  }

  /** Sets or clears the key. @param change gives the new key from the present one */
  update({ name, kmsKey }: CmekConfig, change: (current: string) => string): CmekConfig {
    const location = requireCmekConfigName(name, 'UpdateCmekConfig');
    this.#options.checkLocation(location);
    refuseUnfitQueues(this.#options.queuesOf(location.name));
    checkKey(kmsKey, location);
    const changed = change(this.#options.configs.find(location.name));
    this.#options.group.write(() => this.#options.configs.set(location.name, changed));
    return { name, kmsKey: changed };
  }
}

function refuseUnfitQueues(queues: readonly Queue[]): void {
  const isUnfit = queues.some(
    ({ record: { settings } }) =>
      settings.httpTarget?.headerOverrides !== undefined ||
      (settings.taskTtlMicros ?? 0) > MAX_TASK_TTL_MICROS,
  );
  if (!isUnfit) return;
  throw new CloudTasksError(
    'FAILED_PRECONDITION',
    'CMEK cannot be enabled on any project that has one or more queues with HTTP Target Override headers or tasks ttl of more than 60 days.',
    [
      {
        type: 'ErrorInfo',
        fields: {
          reason: 'UNSATISFIED_PRECONDITION_FOR_CMEK',
          domain: 'cloudtasks.googleapis.com',
          metadata: {},
        },
      },
    ],
  );
}

/** Refuses what is no key of the location. No key is looked up: one in the location is taken to exist. */
function checkKey(kmsKey: string, { location }: LocationName): void {
  if (kmsKey === '') return;
  const match = KMS_RESOURCE.exec(kmsKey);
  if (match === null) {
    throw invalidArgument(`Resource name [${kmsKey}] does not match any known resource name pattern.`);
  }
  if (match[2] === undefined || match[3] !== undefined) throw invalidRequest();
  if (match[1] !== location) {
    throw new CloudTasksError('NOT_FOUND', 'Requested entity was not found.');
  }
}
