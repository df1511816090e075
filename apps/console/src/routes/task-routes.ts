import Router from '@koa/router';
import type { Catalogue } from '@waybill/contract-kit';
import type { Logger, ServiceContext, ServiceState } from '@waybill/service-kit';
import {
  cloudTaskName,
  type ListedTask,
  MAX_PAGE_SIZE,
  type TaskRecord,
  type TaskSearch,
} from '@waybill/task-runtime/operator';
import { type OperatorActions, TASK_ACTIONS } from '../actions/operator-actions.ts';
import type { PageRenderer } from '../pages/page-renderer.ts';
import { type TaskView, taskPage } from '../pages/task-page.ts';
import type { QueueService } from '../queues/queue-service.ts';
import type { QueuedTask } from '../queues/queued-task.ts';
import { checkPathParameters } from './check-path-parameters.ts';
import { readTask } from './read-task.ts';

/** A task's page, with masked values or with all values. */
export function createTaskRoutes(
  pages: PageRenderer,
  parts: { search: TaskSearch; queueService: QueueService; catalogue: Catalogue; actions: OperatorActions },
): Router<ServiceState> {
  const { search, queueService, catalogue, actions } = parts;
  const { sessions } = pages;
  const router = checkPathParameters(new Router<ServiceState>());

  const respondWithTask = async (ctx: ServiceContext, taskId: string, revealed: boolean): Promise<void> => {
    const { record, readAtMs, problem } = await readTask(search, taskId);
    const done = TASK_ACTIONS.find((action) => action === ctx.query['done']);
    const [relatives, queued] = await Promise.all([
      relativesOf(search, record),
      queuedOf(queueService, taskId, record, ctx.state.logger),
    ]);
    const view: TaskView = {
      taskId,
      record,
      problem,
      readAtMs,
      contract: catalogue.find(record.contract, record.version),
      relatives,
      queued,
      revealed,
      done,
    };
    const title = `${record.contract} v${record.version}`;
    pages.respond(ctx, { path: '/tasks', title }, (frame) => taskPage(frame, view));
  };

  router.get('/tasks/:taskId', (ctx) => respondWithTask(ctx, ctx.params['taskId'] ?? '', false));

  router.post('/tasks/:taskId/reveal', async (ctx) => {
    const { who } = sessions.requireOperator(ctx);
    await sessions.readForm(ctx);
    const { taskId = '' } = ctx.params;
    await readTask(search, taskId);
    await actions.look(taskId, { by: who, logger: ctx.state.logger });
    await respondWithTask(ctx, taskId, true);
  });

  return router;
}

/** All tasks about the same thing; at most a hundred. */
async function relativesOf(search: TaskSearch, { subject }: TaskRecord): Promise<readonly ListedTask[]> {
  // An adopted task is about nothing that anybody named.
  return subject === '' ? [] : (await search.page({ subject }, { size: MAX_PAGE_SIZE })).tasks;
}

/** The task in Cloud Tasks, where it is to be there; null: Cloud Tasks did not say. */
async function queuedOf(
  queueService: QueueService,
  taskId: string,
  { state, queue, generation }: TaskRecord,
  logger: Logger,
): Promise<QueuedTask | undefined | null> {
  if (state !== 'pending' && state !== 'running') return undefined;
  try {
    return await queueService.find(queue, cloudTaskName(taskId, generation));
  } catch (error) {
    logger.warning('task not had from Cloud Tasks', { error, taskId });
    return null;
  }
}
