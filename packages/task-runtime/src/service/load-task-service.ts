import type { Catalogue } from '@waybill/contract-kit';
import type { LoadedService, Logger } from '@waybill/service-kit';
import { createGoogleClients } from '../client/google-clients.ts';
import { audienceOf, type TaskTarget } from '../client/task-target.ts';
import { taskTargetOf } from '../client/task-target-settings.ts';
import { createTaskRuntime, type TaskRuntime } from '../create-task-runtime.ts';
import { createOidcOriginCheck } from '../worker/oidc-origin-check.ts';
import { createAppEngineOriginCheck, type OriginCheck } from '../worker/origin-check.ts';
import type { TaskHandler } from '../worker/task-handler.ts';
import { createTaskService } from './create-task-service.ts';
import type { TaskServiceConfig } from './task-service-settings.ts';

/** Settings of {@link loadTaskService}. */
export interface LoadTaskServiceOptions {
  /** From `loadTaskServiceConfig`. */
  readonly config: TaskServiceConfig;
  readonly catalogue: Catalogue;
  /** Makes the handlers of the service's contracts. */
  readonly handlers: (runtime: TaskRuntime) => readonly TaskHandler[];
  readonly logger: Logger;
  /** Aborted once the service is about to end: what runs is handed back. */
  readonly stopping: AbortSignal;
}

/**
 * Makes a service that does tasks, with its real clients, as its settings say.
 * @throws {ContractDefinitionError} if a contract of the service has no handler, or two, or a handler is not its own
 */
export function loadTaskService(options: LoadTaskServiceOptions): LoadedService {
  const { config, catalogue, logger, stopping } = options;
  const project = config.GOOGLE_CLOUD_PROJECT;
  const { firestore, cloudTasks, close } = createGoogleClients({
    project,
    database: config.FIRESTORE_DATABASE,
    firestoreEmulatorHost: config.FIRESTORE_EMULATOR_HOST,
    cloudTasksEmulatorHost: config.CLOUD_TASKS_EMULATOR_HOST,
  });
  const target = taskTargetOf(config);
  const runtime = createTaskRuntime({
    firestore,
    cloudTasks,
    queueLocation: { project, location: config.TASKS_LOCATION },
    catalogue,
    logger,
    routingVersions: config.TASK_ROUTING_VERSION,
    target,
  });
  const app = createTaskService({
    runtime,
    handlers: options.handlers(runtime),
    originCheck: originCheckFor(target, config, catalogue),
    service: config.GAE_SERVICE,
    logger,
    stopping,
  });
  return { listener: app.callback(), close };
}

/** Accepts deliveries only over the transport that tasks are sent by. */
function originCheckFor(target: TaskTarget, config: TaskServiceConfig, { queues }: Catalogue): OriginCheck {
  if (target.kind === 'app-engine') return createAppEngineOriginCheck({ gaeEnv: config.GAE_ENV, queues });
  return createOidcOriginCheck({
    issuer: config.OIDC_ISSUER,
    audience: audienceOf(target, config.GAE_SERVICE),
    serviceAccount: target.serviceAccount,
    keys: config.OIDC_KEYS_URL,
    signature: config.TASK_TOKEN_SIGNATURE,
    queues,
  });
}
