import Router from '@koa/router';
import { ServiceError, type ServiceState } from '@waybill/service-kit';
import { checkRepeatedName, type OperatorActions } from '../actions/operator-actions.ts';
import { subjectPath } from '../pages/components/task-links.ts';
import { confirmErasurePage } from '../pages/erase-page.ts';
import type { PageRenderer } from '../pages/page-renderer.ts';

const TITLE = 'Erase?';

/** Takes what is personal out of all that is about one thing, once it is confirmed. */
export function createEraseRoutes(pages: PageRenderer, actions: OperatorActions): Router<ServiceState> {
  const { sessions } = pages;
  const router = new Router<ServiceState>();

  router.get('/erase', async (ctx) => {
    sessions.requireOperator(ctx);
    const subject = subjectOf(new URLSearchParams(ctx.querystring).get('subject'));
    pages.respond(ctx, { path: '/tasks', title: TITLE }, (frame) => confirmErasurePage(frame, { subject }));
  });

  router.post('/erase', async (ctx) => {
    const { who } = sessions.requireOperator(ctx);
    const form = await sessions.readForm(ctx);
    const subject = subjectOf(form.get('subject'));
    const why = form.get('why') ?? '';
    try {
      checkRepeatedName(form.get('name'), subject, 'erase');
      await actions.erase(subject, { by: who, why, logger: ctx.state.logger });
    } catch (error) {
      if (!(error instanceof ServiceError) || error.status >= 500) throw error;
      const { status, message: problem } = error;
      pages.respond(ctx, { path: '/tasks', title: TITLE, status }, (frame) =>
        confirmErasurePage(frame, { subject, problem, why }),
      );
      return;
    }
    ctx.status = 303;
    ctx.redirect(`${subjectPath(subject)}&done=erase`);
  });
  return router;
}

/**
 * A subject from outside.
 * @throws {ServiceError} 400 `SELECTION` if it is none
 */
export function subjectOf(value: unknown): string {
  if (typeof value === 'string' && value.trim() !== '' && value.length <= 600) return value.trim();
  throw new ServiceError({
    code: 'SELECTION',
    status: 400,
    message: 'Say what is to be erased, such as orders/<id>',
  });
}
