import Router from '@koa/router';
import type { Catalogue } from '@waybill/contract-kit';
import { ServiceError, type ServiceState } from '@waybill/service-kit';
import type { TaskSearch } from '@waybill/task-runtime/operator';
import { contractOf, violationsOf } from '../actions/edited-payload.ts';
import type { OperatorActions } from '../actions/operator-actions.ts';
import { prettyJson } from '../pages/components/payload-view.ts';
import type { PageRenderer } from '../pages/page-renderer.ts';
import { editPayloadPage } from '../pages/task-action-pages.ts';
import { checkPathParameters } from './check-path-parameters.ts';
import { readTask } from './read-task.ts';

/** Opens the payload of a dead letter to edit it, and checks it while it is edited. */
export function createEditPayloadRoutes(
  pages: PageRenderer,
  parts: { search: TaskSearch; catalogue: Catalogue; actions: OperatorActions },
): Router<ServiceState> {
  const { search, catalogue, actions } = parts;
  const { sessions } = pages;
  const router = checkPathParameters(new Router<ServiceState>());

  router.post('/tasks/:taskId/mend', async (ctx) => {
    const { who } = sessions.requireOperator(ctx);
    await sessions.readForm(ctx);
    const { taskId = '' } = ctx.params;
    const { record } = await readTask(search, taskId);
    const contract = contractOf(catalogue, record);
    const text = prettyJson(record.payload);
    await actions.look(taskId, { by: who, logger: ctx.state.logger });
    pages.respond(ctx, { path: '/dead-letters', title: `Mend ${record.contract}` }, (frame) =>
      editPayloadPage(frame, { taskId, record, contract, text, violations: violationsOf(contract, text) }),
    );
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
