import Router from '@koa/router';
import type { ServiceState } from '@waybill/service-kit';
import type { TaskSearch } from '@waybill/task-runtime';
import type { Erasure } from '../erasure.ts';
import { html } from '../html.ts';
import type { PageMaker } from '../page-maker.ts';
import { notice, subjectPath, taskPath } from '../pages/parts.ts';

/** Finds a task by its id or its name in Cloud Tasks, and tasks by their order. What is looked for stays out of URLs. */
export function createSearchRoutes(
  pages: PageMaker,
  { search, erasure }: { search: TaskSearch; erasure: Erasure },
): Router<ServiceState> {
  const router = new Router<ServiceState>();
  router.post('/search', async (ctx) => {
    const form = await pages.sessions.readForm(ctx);
    const text = (form.get('id') ?? '').trim();
    const target = await targetOf({ search, erasure }, text);
    if (target !== undefined) {
      ctx.status = 303;
      ctx.redirect(target);
      return;
    }
    await pages.answer(ctx, { path: '', title: 'Nothing found', status: 404 }, () =>
      notice(
        'problem',
        html`There is no task and no order of that id. Give a task’s id, its name in Cloud Tasks, an order’s id, or <code>collection/id</code>.`,
      ),
    );
  });
  return router;
}

async function targetOf(
  { search, erasure }: { search: TaskSearch; erasure: Erasure },
  text: string,
): Promise<string | undefined> {
  const subject = /^[\w-]+\/[\w.-]+$/.test(text) ? text : `orders/${text}`;
  if (subject !== text) {
    const byName = text.replace(/-g\d{1,9}$/, '');
    for (const taskId of new Set([text, byName])) {
      if ((await search.inspect(taskId)) !== undefined) return taskPath(taskId);
    }
    if (!/^[\w-]{1,200}$/.test(text)) return undefined;
  }
  const { tasks } = await search.page({ subject }, { size: 1 });
  return tasks.length > 0 || (await erasure.isOrder(subject)) ? subjectPath(subject) : undefined;
}
