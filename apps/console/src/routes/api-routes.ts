import Router from '@koa/router';
import { type Catalogue, ContractViolationError } from '@waybill/contract-kit';
import { readJsonBody, type ServiceContext, ServiceError, type ServiceState } from '@waybill/service-kit';
import { isErased, type TaskRecord, type TaskSearch } from '@waybill/task-runtime/operator';
import type { Sessions } from '../access/sessions.ts';
import {
  checkRepeatedName,
  isQueueAction,
  isTaskAction,
  type OperatorActions,
  type TaskAction,
} from '../actions/operator-actions.ts';
import { verdictOfMember } from '../actions/verdict.ts';
import type { OverviewSources } from '../overview/overview-sources.ts';
import { readContracts } from '../overview/read-contracts.ts';
import { readQueues } from '../overview/read-queues.ts';
import { checkPathParameters } from './check-path-parameters.ts';
import { subjectOf } from './erase-routes.ts';
import { readTask } from './read-task.ts';
import { PAGE_SIZE, parseFilter } from './task-filter.ts';

/** Members of an action's body beside `why`. */
const MEMBERS_OF_ACTION: Readonly<Partial<Record<TaskAction, readonly string[]>>> = {
  replay: ['payload', 'verdict'],
  erase: ['name'],
};

/**
 * The same for programs, under `/api`. What changes something takes JSON alone, which no other site's form can send;
 * there is no token, and no page of another origin may read or send it.
 */
export function createApiRoutes(
  sessions: Sessions,
  parts: OverviewSources & { search: TaskSearch; catalogue: Catalogue; actions: OperatorActions },
): Router<ServiceState> {
  const { search, actions } = parts;
  const router = checkPathParameters(new Router<ServiceState>({ prefix: '/api' }));

  router.get('/queues', async (ctx) => {
    ctx.body = await readQueues(parts, await search.now());
  });
  router.get('/contracts', async (ctx) => {
    ctx.body = await readContracts(parts);
  });
  router.get('/tasks', async (ctx) => {
    const query = new URLSearchParams(ctx.querystring);
    const { tasks, next } = await search.page(parseFilter(query), {
      size: PAGE_SIZE,
      cursor: query.get('cursor') ?? undefined,
    });
    ctx.body = { tasks, next: next ?? null };
  });
  router.get('/tasks/:taskId', async (ctx) => {
    const { taskId = '' } = ctx.params;
    const { record, problem } = await readTask(search, taskId);
    ctx.body = { ...withoutValues(taskId, record), ...(problem !== undefined && { problem }) };
  });
  router.post('/tasks/:taskId/reveal', async (ctx) => {
    const { who } = sessions.requireOperator(ctx);
    sessions.checkOrigin(ctx);
    await readJsonBody(ctx);
    const { taskId = '' } = ctx.params;
    const { record } = await readTask(search, taskId);
    await actions.look(taskId, { by: who, logger: ctx.state.logger });
    ctx.body = { taskId, ...record };
  });
  router.post('/tasks/:taskId/:action', async (ctx) => {
    const { taskId = '', action = '' } = ctx.params;
    if (!isTaskAction(action)) return;
    const { who } = sessions.requireOperator(ctx);
    const body = await readAction(sessions, ctx, MEMBERS_OF_ACTION[action] ?? []);
    if (action === 'erase') checkRepeatedName(body['name'], taskId, action);
    const changes = { payload: body['payload'], verdict: verdictOfMember(body['verdict']) };
    try {
      await actions.act(action, taskId, { by: who, why: whyOf(body), logger: ctx.state.logger }, changes);
    } catch (error) {
      if (!(error instanceof ContractViolationError)) throw error;
      throw new ServiceError({ code: error.code, status: 422, message: error.message, cause: error });
    }
    ctx.status = 202;
    ctx.body = withoutValues(taskId, (await readTask(search, taskId)).record);
  });
  router.post('/erase', async (ctx) => {
    const { who } = sessions.requireOperator(ctx);
    const body = await readAction(sessions, ctx, ['subject']);
    const subject = subjectOf(body['subject']);
    await actions.erase(subject, { by: who, why: whyOf(body), logger: ctx.state.logger });
    ctx.body = { subject };
  });
  router.post('/queues/:queue/:action', async (ctx) => {
    const { queue = '', action = '' } = ctx.params;
    if (!isQueueAction(action)) return;
    const { who } = sessions.requireOperator(ctx);
    const body = await readAction(sessions, ctx, action === 'purge' ? ['name'] : []);
    if (action === 'purge') checkRepeatedName(body['name'], queue, action);
    await actions.actOnQueue(action, queue, { by: who, why: whyOf(body), logger: ctx.state.logger });
    ctx.status = 202;
    ctx.body = { queue, action };
  });
  return router;
}

/**
 * Reads the body of an action: an object with `why` and the given further members. A member of another name is refused,
 * because a misspelled `payload` would replay the old one.
 */
async function readAction(
  sessions: Sessions,
  ctx: ServiceContext,
  furtherMembers: readonly string[],
): Promise<Record<string, unknown>> {
  sessions.checkOrigin(ctx);
  const body = await readJsonBody(ctx, { limitBytes: 1_000_000 });
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new ServiceError({
      code: 'BODY_NOT_JSON',
      status: 400,
      message: 'The body must be an object such as {"why": "…"}',
    });
  }
  const known = ['why', ...furtherMembers];
  const unknown = Object.keys(body).filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    const names = unknown.map((name) => JSON.stringify(name.slice(0, 100))).join(', ');
    throw new ServiceError({
      code: 'MEMBER_UNKNOWN',
      status: 400,
      message: `The body has ${names}; its members may be ${known.join(', ')}`,
    });
  }
  return body as Record<string, unknown>;
}

function whyOf({ why }: Record<string, unknown>): string {
  return typeof why === 'string' ? why : '';
}

/** A record as anybody at the console may read it: payload and results are left out. */
function withoutValues(taskId: string, stored: TaskRecord): object {
  const { payload: _payload, steps, ...record } = stored;
  const masked = Object.fromEntries(
    Object.entries(steps).map(([name, { result: _result, ...step }]) => [name, step]),
  );
  // A dead letter without its payload can only be discarded.
  return { taskId, ...record, steps: masked, erased: isErased(stored) };
}
