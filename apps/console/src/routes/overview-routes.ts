import Router from '@koa/router';
import { ServiceError, type ServiceState } from '@waybill/service-kit';
import type { AuditLog } from '../actions/audit-log.ts';
import { checkRepeatedName, isQueueAction, type OperatorActions } from '../actions/operator-actions.ts';
import type { OverviewSources } from '../overview/overview-sources.ts';
import { readContracts } from '../overview/read-contracts.ts';
import { readOverview } from '../overview/read-overview.ts';
import { readQueues } from '../overview/read-queues.ts';
import { actionsPage } from '../pages/actions-page.ts';
import { contractsPage } from '../pages/contracts-page.ts';
import { overviewPage } from '../pages/overview-page.ts';
import type { PageRenderer } from '../pages/page-renderer.ts';
import { confirmQueuePage, queuesPage } from '../pages/queue-pages.ts';
import { purgeSurvivors } from '../queues/purge-survivors.ts';
import { QUEUE_ACTIONS } from '../queues/queue-service.ts';
import { checkPathParameters } from './check-path-parameters.ts';
import { PAGE_SIZE } from './task-filter.ts';

const REFRESH_SECONDS = 15;

/** The overview, the queues with what can be done to them, the contracts, and what operators did. */
export function createOverviewRoutes(
  pages: PageRenderer,
  parts: OverviewSources & { actions: OperatorActions; auditLog: AuditLog },
): Router<ServiceState> {
  const { search, actions, auditLog } = parts;
  const { sessions } = pages;
  const router = checkPathParameters(new Router<ServiceState>());

  router.get('/', async (ctx) => {
    const overview = await readOverview(parts);
    pages.respond(ctx, { path: '/', title: 'Overview', refreshSeconds: REFRESH_SECONDS }, () =>
      overviewPage(overview),
    );
  });

  router.get('/queues', async (ctx) => {
    const nowMs = await search.now();
    const views = await readQueues(parts, nowMs);
    const action = QUEUE_ACTIONS.find((candidate) => candidate === ctx.query['done']);
    const queue = views.queues.find(({ name }) => name === ctx.query['queue'])?.name;
    const done = action === undefined || queue === undefined ? undefined : { action, queue };
    pages.respond(ctx, { path: '/queues', title: 'Queues' }, (frame) =>
      queuesPage(frame, { views, nowMs, done }),
    );
  });

  router.get('/queues/:queue/:action', async (ctx) => {
    const { queue = '', action = '' } = ctx.params;
    if (!isQueueAction(action)) return;
    sessions.requireOperator(ctx);
    pages.respond(ctx, { path: '/queues', title: `${titleOf(action)} ${queue}?` }, (frame) =>
      confirmQueuePage(frame, { queue, action, survivors: purgeSurvivors(parts.catalogue, queue) }),
    );
  });

  router.post('/queues/:queue/:action', async (ctx) => {
    const { queue = '', action = '' } = ctx.params;
    if (!isQueueAction(action)) return;
    const { who } = sessions.requireOperator(ctx);
    const form = await sessions.readForm(ctx);
    try {
      if (action === 'purge') checkRepeatedName(form.get('name'), queue, action);
      const acting = { by: who, why: form.get('why') ?? '', logger: ctx.state.logger };
      await actions.actOnQueue(action, queue, acting);
    } catch (error) {
      if (!(error instanceof ServiceError) || error.status >= 500) throw error;
      const { status, message: problem } = error;
      pages.respond(ctx, { path: '/queues', title: `${titleOf(action)} ${queue}?`, status }, (frame) =>
        confirmQueuePage(frame, {
          queue,
          action,
          problem,
          survivors: purgeSurvivors(parts.catalogue, queue),
        }),
      );
      return;
    }
    ctx.status = 303;
    ctx.redirect(`/queues?${new URLSearchParams({ done: action, queue })}`);
  });

  router.get('/contracts', async (ctx) => {
    const contracts = await readContracts(parts);
    pages.respond(ctx, { path: '/contracts', title: 'Contracts' }, () => contractsPage(contracts));
  });

  router.get('/actions', async (ctx) => {
    const cursor = new URLSearchParams(ctx.querystring).get('cursor') ?? undefined;
    const page = await auditLog.page({ size: PAGE_SIZE, cursor });
    pages.respond(ctx, { path: '/actions', title: 'Actions' }, () => actionsPage(page, cursor === undefined));
  });

  return router;
}

function titleOf(action: string): string {
  return `${action.charAt(0).toUpperCase()}${action.slice(1)}`;
}
