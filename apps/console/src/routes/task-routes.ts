import Router from '@koa/router';
import { type Catalogue, ContractViolationError, type TaskContract } from '@waybill/contract-kit';
import {
  type Logger,
  parseJson,
  type ServiceContext,
  ServiceError,
  type ServiceState,
} from '@waybill/service-kit';
import {
  cloudTaskName,
  type ListedTask,
  MAX_PAGE_SIZE,
  type TaskFilter,
  TaskFilterError,
  type TaskRecord,
  type TaskSearch,
} from '@waybill/task-runtime';
import { isTaskAction, type OperatorActions, TASK_ACTIONS } from '../actions/operator-actions.ts';
import { verdictOf } from '../actions/verdict.ts';
import type { PageRenderer } from '../pages/page-renderer.ts';
import { taskPath } from '../pages/parts.ts';
import { prettyJson } from '../pages/payload-view.ts';
import { ACTION_TEXTS, confirmTaskPage, editPayloadPage } from '../pages/task-action-pages.ts';
import { tasksPage } from '../pages/task-lists.ts';
import { type TaskView, taskPage } from '../pages/task-page.ts';
import type { QueueService } from '../queues/queue-service.ts';
import type { QueuedTask } from '../queues/queued-task.ts';
import { readTask } from './read-task.ts';
import { choicesOf, PAGE_SIZE, parseFilter } from './task-filter.ts';

/** The list of tasks, a task's page, and what can be done to one. */
export function createTaskRoutes(
  pages: PageRenderer,
  parts: { search: TaskSearch; queueService: QueueService; catalogue: Catalogue; actions: OperatorActions },
): Router<ServiceState> {
  const { search, queueService, catalogue, actions } = parts;
  const { sessions } = pages;
  const router = new Router<ServiceState>();
  const idOf = (ctx: ServiceContext & { params: Record<string, string> }): string =>
    ctx.params['taskId'] ?? '';

  router.get('/tasks', async (ctx) => {
    const query = new URLSearchParams(ctx.querystring);
    const cursor = query.get('cursor') ?? undefined;
    const view = {
      choices: choicesOf(catalogue),
      isFirst: cursor === undefined,
      canAct: sessions.identityOf(ctx).role === 'operator',
      isErased: query.get('done') === 'erase',
    };
    const page = { path: '/tasks', title: 'Tasks' };
    let filter: TaskFilter = {};
    try {
      filter = parseFilter(query);
      const list = await search.page(filter, { size: PAGE_SIZE, cursor });
      pages.respond(ctx, page, () => tasksPage({ ...view, filter, page: list }));
    } catch (error) {
      if (!(error instanceof TaskFilterError)) throw error;
      const { message: problem } = error;
      pages.respond(ctx, { ...page, status: 400 }, () =>
        tasksPage({ ...view, filter, page: undefined, problem }),
      );
    }
  });

  const respondWithTask = async (ctx: ServiceContext, taskId: string, revealed: boolean): Promise<void> => {
    const { record, readAtMs } = await readTask(search, taskId);
    const done = TASK_ACTIONS.find((action) => action === ctx.query['done']);
    const [relatives, queued] = await Promise.all([
      relativesOf(search, record),
      queuedOf(queueService, taskId, record, ctx.state.logger),
    ]);
    const view: TaskView = {
      taskId,
      record,
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

  router.get('/tasks/:taskId', (ctx) => respondWithTask(ctx, idOf(ctx), false));

  router.post('/tasks/:taskId/reveal', async (ctx) => {
    const { who } = sessions.requireOperator(ctx);
    await sessions.readForm(ctx);
    await readTask(search, idOf(ctx));
    await actions.look(idOf(ctx), { by: who, logger: ctx.state.logger });
    await respondWithTask(ctx, idOf(ctx), true);
  });

  router.post('/tasks/:taskId/mend', async (ctx) => {
    const { who } = sessions.requireOperator(ctx);
    await sessions.readForm(ctx);
    const taskId = idOf(ctx);
    const { record } = await readTask(search, taskId);
    const contract = contractOf(catalogue, record);
    const text = prettyJson(record.payload);
    await actions.look(taskId, { by: who, logger: ctx.state.logger });
    pages.respond(ctx, { path: '/dead-letters', title: `Mend ${record.contract}` }, (frame) =>
      editPayloadPage(frame, { taskId, record, contract, text, violations: violationsOf(contract, text) }),
    );
  });

  router.get('/tasks/:taskId/:action', async (ctx) => {
    const { action = '' } = ctx.params;
    if (!isTaskAction(action)) return;
    sessions.requireOperator(ctx);
    const taskId = idOf(ctx);
    const { record } = await readTask(search, taskId);
    const title = `${ACTION_TEXTS[action].verb} ${record.contract}?`;
    pages.respond(ctx, { path: '/tasks', title }, (frame) =>
      confirmTaskPage(frame, { taskId, record, action }),
    );
  });

  router.post('/tasks/:taskId/:action', async (ctx) => {
    const { action = '' } = ctx.params;
    if (!isTaskAction(action)) return;
    const { who } = sessions.requireOperator(ctx);
    const form = await sessions.readForm(ctx);
    const taskId = idOf(ctx);
    const why = form.get('why') ?? '';
    const text = action === 'replay' ? (form.get('payload') ?? undefined) : undefined;
    const verdict = verdictOf(form.get('verdict'));
    try {
      const payload = text === undefined ? undefined : parsePayload(text);
      await actions.act(action, taskId, { by: who, why, logger: ctx.state.logger }, { payload, verdict });
    } catch (error) {
      if (!(error instanceof ServiceError || error instanceof ContractViolationError)) throw error;
      const status = error instanceof ServiceError ? error.status : 422;
      if (status >= 500) throw error;
      const { record } = await readTask(search, taskId);
      const problem = error.message;
      const title = `${ACTION_TEXTS[action].verb} ${record.contract}?`;
      pages.respond(ctx, { path: '/tasks', title, status }, (frame) => {
        if (text === undefined)
          return confirmTaskPage(frame, { taskId, record, action, problem, why, verdict });
        const contract = contractOf(catalogue, record);
        return editPayloadPage(frame, {
          taskId,
          record,
          contract,
          text,
          problem,
          why,
          verdict,
          violations: violationsOf(contract, text),
        });
      });
      return;
    }
    ctx.status = 303;
    ctx.redirect(`${taskPath(taskId)}?done=${action}`);
  });

  router.post('/check', async (ctx) => {
    sessions.requireOperator(ctx);
    const form = await sessions.readForm(ctx);
    const contract = catalogue.find(form.get('contract') ?? '', Number(form.get('version')));
    if (contract === undefined) {
      throw new ServiceError({
        code: 'CONTRACT_UNKNOWN',
        status: 404,
        message: 'There is no such contract here',
      });
    }
    ctx.body = { violations: violationsOf(contract, form.get('payload') ?? '') };
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

function contractOf(catalogue: Catalogue, { contract, version }: TaskRecord): TaskContract {
  const found = catalogue.find(contract, version);
  if (found !== undefined) return found;
  throw new ServiceError({
    code: 'CONTRACT_UNKNOWN',
    status: 409,
    message: `This console knows no version ${version} of ${contract}: deploy one that does, then replay`,
  });
}

/**
 * Parses a payload from a form's field.
 * @throws {ServiceError} 422 `PAYLOAD_NOT_JSON`
 */
function parsePayload(text: string): unknown {
  return parseJson(text, { code: 'PAYLOAD_NOT_JSON', status: 422, subject: 'The payload' });
}

function violationsOf(contract: TaskContract, text: string): { pointer: string; message: string }[] {
  try {
    return contract.violations(parsePayload(text)).map(({ pointer, message }) => ({ pointer, message }));
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    return [{ pointer: '', message: error.message }];
  }
}
