import Router from '@koa/router';
import type { Catalogue } from '@waybill/contract-kit';
import type { ServiceState } from '@waybill/service-kit';
import { type TaskFilter, TaskFilterError, type TaskSearch } from '@waybill/task-runtime/operator';
import type { PageRenderer } from '../pages/page-renderer.ts';
import { tasksPage } from '../pages/tasks-page.ts';
import { choicesOf, PAGE_SIZE, parseFilter } from './task-filter.ts';

/** The list of tasks. */
export function createTaskListRoutes(
  pages: PageRenderer,
  parts: { search: TaskSearch; catalogue: Catalogue },
): Router<ServiceState> {
  const { search, catalogue } = parts;
  const router = new Router<ServiceState>();
  router.get('/tasks', async (ctx) => {
    const query = new URLSearchParams(ctx.querystring);
    const cursor = query.get('cursor') ?? undefined;
    const view = {
      choices: choicesOf(catalogue),
      isFirst: cursor === undefined,
      canAct: pages.sessions.identityOf(ctx).role === 'operator',
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
  return router;
}
