import { createService, type Logger, type Service } from '@waybill/service-kit';
import { createWorker, type OriginCheck, type TaskRuntime } from '@waybill/task-runtime';
import type { Mailer } from './mail/mailer.ts';
import type { PaymentProvider } from './payments/payment-provider.ts';
import type { ReceiptRenderer } from './receipts/render-receipt.ts';
import { createTaskHandlers } from './tasks/index.ts';
import type { Warehouse } from './warehouse/warehouse.ts';

/** What the service works with. */
export interface WorkerServiceOptions {
  readonly runtime: TaskRuntime;
  readonly payments: PaymentProvider;
  readonly mailer: Mailer;
  readonly warehouse: Warehouse;
  readonly renderReceipt: ReceiptRenderer;
  /** The App Engine service that this is: `worker`. */
  readonly service: string;
  readonly logger: Logger;
  /** Tells who may have tasks done. */
  readonly originCheck: OriginCheck;
  /** Aborted once the service is about to end: what runs is handed back. */
  readonly stopping: AbortSignal;
}

/**
 * The service that does the tasks.
 * @throws {ContractDefinitionError} if a contract has no handler, or two
 */
export function createWorkerService(options: WorkerServiceOptions): Service {
  const { runtime, service, logger, originCheck, stopping } = options;
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
  app.use(
    createWorker({
      runtime,
      handlers: createTaskHandlers({ ...options, firestore }),
      originCheck,
      service,
      stopping,
    }),
  );
  return app;
}
