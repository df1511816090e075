import Router from '@koa/router';
import type { Catalogue } from '@waybill/contract-kit';
import { ServiceError, type ServiceState } from '@waybill/service-kit';
import { isTaskId, type TaskSearch } from '@waybill/task-runtime/operator';
import { BATCH_SIZE, type DeadLetterAction, type OperatorActions } from '../actions/operator-actions.ts';
import { confirmLettersPage, deadLettersPage, lettersDonePage } from '../pages/dead-letter-pages.ts';
import type { PageRenderer } from '../pages/page-renderer.ts';
import { choicesOf, PAGE_SIZE } from './task-filter.ts';

const TITLES = { replay: 'Replay dead letters', discard: 'Discard dead letters' } as const;

/** The dead letters, and what can be done to several at once. */
export function createDeadLetterRoutes(
  pages: PageRenderer,
  parts: { search: TaskSearch; catalogue: Catalogue; actions: OperatorActions },
): Router<ServiceState> {
  const { search, catalogue, actions } = parts;
  const { sessions } = pages;
  const router = new Router<ServiceState>();
  const path = '/dead-letters';

  router.get('/dead-letters', async (ctx) => {
    const query = new URLSearchParams(ctx.querystring);
    const contract = query.get('contract') || undefined;
    const cursor = query.get('cursor') ?? undefined;
    const page = await search.page(
      { state: 'dead', ...(contract !== undefined && { contract }) },
      { size: PAGE_SIZE, cursor },
    );
    const canAct = sessions.identityOf(ctx).role === 'operator';
    pages.respond(ctx, { path, title: 'Dead letters' }, () =>
      deadLettersPage({
        contract,
        choices: choicesOf(catalogue),
        page,
        isFirst: cursor === undefined,
        canAct,
      }),
    );
  });

  for (const action of ['replay', 'discard'] as const satisfies DeadLetterAction[]) {
    router.get(`/dead-letters/${action}`, async (ctx) => {
      sessions.requireOperator(ctx);
      const query = new URLSearchParams(ctx.querystring);
      const contract = query.get('contract') || undefined;
      const title = `${TITLES[action]}?`;
      if (query.get('all') !== '1') {
        const taskIds = chosen(query);
        pages.respond(ctx, { path, title }, (frame) => confirmLettersPage(frame, { action, taskIds }));
        return;
      }
      const untilMs = await search.now();
      const count = await search.countDead({
        ...(contract !== undefined && { contract }),
        untilMs: untilMs + 1,
      });
      pages.respond(ctx, { path, title }, (frame) =>
        confirmLettersPage(frame, { action, taskIds: [], all: { count, contract, untilMs } }),
      );
    });

    router.post(`/dead-letters/${action}`, async (ctx) => {
      const { who } = sessions.requireOperator(ctx);
      const form = await sessions.readForm(ctx);
      const why = form.get('why') ?? '';
      const acting = { by: who, why, logger: ctx.state.logger };
      const title = TITLES[action];
      if (form.get('all') !== '1') {
        const outcomes = await actions.actOnLetters(action, chosen(form), acting);
        pages.respond(ctx, { path, title }, (frame) => lettersDonePage(frame, { action, outcomes }));
        return;
      }
      const contract = form.get('contract') || undefined;
      const untilMs = wholeNumber(form, 'until');
      const { letters, next } = await actions.actOnBatch(
        action,
        { contract, untilMs, cursor: form.get('cursor') ?? undefined },
        acting,
      );
      const batch = {
        total: wholeNumber(form, 'total'),
        done: wholeNumber(form, 'done', 0) + letters.length,
        failed:
          wholeNumber(form, 'failed', 0) + letters.filter(({ problem }) => problem !== undefined).length,
        next,
        contract,
        untilMs,
        why,
      };
      pages.respond(ctx, { path, title }, (frame) =>
        lettersDonePage(frame, { action, outcomes: letters, batch }),
      );
    });
  }
  return router;
}

/** The ids of the tasks that were chosen: at least one, and no more than a page has. */
function chosen(form: URLSearchParams): string[] {
  const taskIds = [...new Set(form.getAll('id'))];
  if (taskIds.length === 0 || taskIds.length > BATCH_SIZE || !taskIds.every(isTaskId)) {
    throw new ServiceError({
      code: 'SELECTION',
      status: 400,
      message: `Choose from 1 to ${BATCH_SIZE} dead letters of the list, or all of them`,
    });
  }
  return taskIds;
}

function wholeNumber(form: URLSearchParams, name: string, absent?: number): number {
  const text = form.get(name);
  if (text === null && absent !== undefined) return absent;
  const value = /^\d{1,15}$/.test(text ?? '') ? Number(text) : Number.NaN;
  if (Number.isNaN(value)) {
    throw new ServiceError({
      code: 'SELECTION',
      status: 400,
      message: `The form's ${name} must be a whole number`,
    });
  }
  return value;
}
