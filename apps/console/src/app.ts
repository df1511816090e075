import { compensateCancelledTask } from '@waybill/orders';
import { addSecurityHeaders, createService, type Logger, type Service } from '@waybill/service-kit';
import type { TaskRuntime } from '@waybill/task-runtime';
import { TaskOperator, TaskSearch } from '@waybill/task-runtime/operator';
import { FormGuard } from './access/form-guard.ts';
import type { Access } from './access/identity.ts';
import { Sessions } from './access/sessions.ts';
import { AuditLog } from './actions/audit-log.ts';
import { OperatorActions } from './actions/operator-actions.ts';
import { SubjectEraser } from './actions/subject-eraser.ts';
import { assetPaths, createAssetRoutes } from './assets/asset-routes.ts';
import type { StackControl } from './local/stack-control.ts';
import { errorPages } from './pages/error-pages.ts';
import { PageRenderer } from './pages/page-renderer.ts';
import { SECURITY_HEADERS } from './pages/security-headers.ts';
import { QueueService } from './queues/queue-service.ts';
import { createApiRoutes } from './routes/api-routes.ts';
import { createDeadLetterRoutes } from './routes/dead-letter-routes.ts';
import { createEditPayloadRoutes } from './routes/edit-payload-routes.ts';
import { createEraseRoutes } from './routes/erase-routes.ts';
import { createLocalRoutes } from './routes/local-routes.ts';
import { createOverviewRoutes } from './routes/overview-routes.ts';
import { createSearchRoutes } from './routes/search-routes.ts';
import { createTaskActionRoutes } from './routes/task-action-routes.ts';
import { createTaskListRoutes } from './routes/task-list-routes.ts';
import { createTaskRoutes } from './routes/task-routes.ts';

/** What the service works with. */
export interface ConsoleOptions {
  readonly runtime: TaskRuntime;
  readonly logger: Logger;
  /** Tells who sends a request. */
  readonly access: Access;
  /** Whether it is reached over HTTPS, as it is but on a laptop. */
  readonly secure: boolean;
  /** `randomBytes` of node:crypto. */
  readonly randomBytes: (count: number) => Buffer;
  /** The local stack that the console runs in, and may control. Default: none. */
  readonly stack?: StackControl | undefined;
  /** How long one read of Firestore may take. Default 4 s. */
  readonly storeTimeoutMs?: number | undefined;
  /** Aborted once the service is about to end. */
  readonly stopping?: AbortSignal | undefined;
}

/** The operators' console: pages over tasks, dead letters and queues, and the same for programs under `/api`. */
export function createConsole(options: ConsoleOptions): Service {
  const { runtime, logger, stack, storeTimeoutMs = 4_000 } = options;
  const { firestore, catalogue } = runtime;
  const { project } = runtime.queueLocation;
  const probe = async () => void (await firestore.doc('health/probe').get());
  const app = createService({
    logger,
    project,
    readiness: probe,
    warmup: probe,
    ...(options.stopping !== undefined && { stopping: options.stopping }),
  });
  addSecurityHeaders(app, SECURITY_HEADERS);

  const search = new TaskSearch(firestore, { timeoutMs: storeTimeoutMs });
  const queueService = new QueueService(runtime.cloudTasks, runtime.queueLocation);
  const auditLog = new AuditLog(firestore, { storeTimeoutMs });
  const operator = new TaskOperator(runtime, { onCancelled: compensateCancelledTask(firestore) });
  const eraser = new SubjectEraser({ runtime, operator, storeTimeoutMs });
  const actions = new OperatorActions({ operator, search, queueService, auditLog, eraser });
  const guard = new FormGuard({ secure: options.secure, randomBytes: options.randomBytes });
  const sessions = new Sessions(options.access, guard);
  const pages = new PageRenderer({ sessions, project, hasLocal: stack !== undefined, assets: assetPaths });
  const parts = { search, queueService, catalogue, actions, auditLog, logger };

  app.use(createAssetRoutes().routes());
  // From here on it is known who asks, and that they may.
  app.use(async (ctx, next) => {
    await sessions.begin(ctx);
    await next();
  });
  app.use(errorPages(pages));
  for (const router of [
    createApiRoutes(sessions, parts),
    createOverviewRoutes(pages, parts),
    createSearchRoutes(pages, { search, eraser, catalogue }),
    createEraseRoutes(pages, actions),
    createDeadLetterRoutes(pages, parts),
    createTaskListRoutes(pages, parts),
    createTaskRoutes(pages, parts),
    createEditPayloadRoutes(pages, parts),
    createTaskActionRoutes(pages, parts),
    ...(stack === undefined ? [] : [createLocalRoutes(pages, { stack, auditLog })]),
  ]) {
    app.use(router.routes());
  }
  return app;
}
