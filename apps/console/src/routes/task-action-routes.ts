import Router from '@koa/router';
import { type Catalogue, ContractViolationError } from '@waybill/contract-kit';
import { type ServiceContext, ServiceError, type ServiceState } from '@waybill/service-kit';
import type { TaskSearch } from '@waybill/task-runtime/operator';
import { contractOf, parsePayload, violationsOf } from '../actions/edited-payload.ts';
import {
  checkRepeatedName,
  isTaskAction,
  type OperatorActions,
  type TaskAction,
} from '../actions/operator-actions.ts';
import { verdictOf } from '../actions/verdict.ts';
import { taskPath } from '../pages/components/task-links.ts';
import type { PageRenderer } from '../pages/page-renderer.ts';
import { ACTION_TEXTS, confirmTaskPage, editPayloadPage } from '../pages/task-action-pages.ts';
import { checkPathParameters } from './check-path-parameters.ts';
import { readTask } from './read-task.ts';

/** The form of an action on a task, as an operator sent it. */
interface SentAction {
  readonly action: TaskAction;
  readonly taskId: string;
  readonly why: string;
  /** The edited payload of a replay; undefined: the task's own. */
  readonly text: string | undefined;
  readonly verdict: ReturnType<typeof verdictOf>;
}

/** Actions on one task: asks for confirmation, then acts. */
export function createTaskActionRoutes(
  pages: PageRenderer,
  parts: { search: TaskSearch; catalogue: Catalogue; actions: OperatorActions },
): Router<ServiceState> {
  const { search, catalogue, actions } = parts;
  const { sessions } = pages;
  const router = checkPathParameters(new Router<ServiceState>());

  router.get('/tasks/:taskId/:action', async (ctx) => {
    const { taskId = '', action = '' } = ctx.params;
    if (!isTaskAction(action)) return;
    sessions.requireOperator(ctx);
    const { record } = await readTask(search, taskId);
    const title = `${ACTION_TEXTS[action].verb} ${record.contract}?`;
    pages.respond(ctx, { path: '/tasks', title }, (frame) =>
      confirmTaskPage(frame, { taskId, record, action }),
    );
  });

  router.post('/tasks/:taskId/:action', async (ctx) => {
    const { taskId = '', action = '' } = ctx.params;
    if (!isTaskAction(action)) return;
    const { who } = sessions.requireOperator(ctx);
    const form = await sessions.readForm(ctx);
    const sent: SentAction = {
      action,
      taskId,
      why: form.get('why') ?? '',
      text: action === 'replay' ? (form.get('payload') ?? undefined) : undefined,
      verdict: verdictOf(form.get('verdict')),
    };
    try {
      if (action === 'erase') checkRepeatedName(form.get('name'), taskId, action);
      const { why, text, verdict } = sent;
      const payload = text === undefined ? undefined : parsePayload(text);
      await actions.act(action, taskId, { by: who, why, logger: ctx.state.logger }, { payload, verdict });
    } catch (error) {
      await showRefusal(ctx, sent, error);
      return;
    }
    ctx.status = 303;
    ctx.redirect(`${taskPath(taskId)}?done=${action}`);
  });

  /** Shows the form again, with the problem; rethrows a failure that is not about the form. */
  async function showRefusal(ctx: ServiceContext, sent: SentAction, error: unknown): Promise<void> {
    if (!(error instanceof ServiceError || error instanceof ContractViolationError)) throw error;
    const status = error instanceof ServiceError ? error.status : 422;
    if (status >= 500) throw error;
    const { action, taskId, text, why, verdict } = sent;
    const { record } = await readTask(search, taskId);
    const problem = error.message;
    const title = `${ACTION_TEXTS[action].verb} ${record.contract}?`;
    pages.respond(ctx, { path: '/tasks', title, status }, (frame) => {
      if (text === undefined)
        return confirmTaskPage(frame, { taskId, record, action, problem, why, verdict });
      const contract = contractOf(catalogue, record);
      const violations = violationsOf(contract, text);
      return editPayloadPage(frame, { taskId, record, contract, text, problem, why, verdict, violations });
    });
  }

  return router;
}
