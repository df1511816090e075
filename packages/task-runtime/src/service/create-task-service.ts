import { createService, type Logger, type Service } from '@waybill/service-kit';
import { createWorker } from '../worker/create-worker.ts';
import type { WorkerOptions } from '../worker/task-routes.ts';

/**
 * Makes the Koa application of a service that does tasks: the worker's routes, health checks that read from Firestore,
 * logs. Add further routes with `use`.
 * @throws {ContractDefinitionError} as {@link createWorker}
 */
export function createTaskService(options: WorkerOptions & { readonly logger: Logger }): Service {
  const { runtime, logger, stopping } = options;
  const { firestore, queueLocation } = runtime;
  // Any read that Firestore answers will do; a document that isn't there is the cheapest.
  const probe = async () => void (await firestore.doc('health/probe').get());
  const app = createService({
    logger,
    project: queueLocation.project,
    readiness: probe,
    warmup: probe,
    stopping,
  });
  app.use(createWorker(options));
  return app;
}
