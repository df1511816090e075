import Router from '@koa/router';
import type { Catalogue } from '@waybill/contract-kit';
import type { ServiceState } from '@waybill/service-kit';
import { html } from '@waybill/service-kit/html';
import { candidatesOf, isAdopted, type TaskSearch } from '@waybill/task-runtime/operator';
import type { SubjectEraser } from '../actions/subject-eraser.ts';
import { notice } from '../pages/components/notice.ts';
import { subjectPath, taskPath } from '../pages/components/task-links.ts';
import type { PageRenderer } from '../pages/page-renderer.ts';

interface SearchParts {
  readonly search: TaskSearch;
  readonly eraser: SubjectEraser;
  readonly catalogue: Catalogue;
}

/** Finds a task by its id or its name in Cloud Tasks, and tasks by their order. What is looked for stays out of URLs. */
export function createSearchRoutes(pages: PageRenderer, parts: SearchParts): Router<ServiceState> {
  const router = new Router<ServiceState>();
  router.post('/search', async (ctx) => {
    const form = await pages.sessions.readForm(ctx);
    const text = (form.get('id') ?? '').trim();
    const target = await targetOf(parts, text);
    if (target !== undefined) {
      ctx.status = 303;
      ctx.redirect(target);
      return;
    }
    pages.respond(ctx, { path: '', title: 'Nothing found', status: 404 }, () =>
      notice(
        'problem',
        html`There is no task and no order of that id. Give a task’s id, its name in Cloud Tasks, an order’s id, or <code>collection/id</code>.`,
      ),
    );
  });
  return router;
}

async function targetOf(
  { search, eraser, catalogue }: SearchParts,
  text: string,
): Promise<string | undefined> {
  const hasRecord = async (taskId: string): Promise<boolean> => (await search.inspect(taskId)) !== undefined;

  // As gcloud and logs give it, queue and all; else any queue may be meant.
  const [, inQueue, name = text] = /^(?:\S+\/)?queues\/([\w-]+)\/tasks\/([\w-]+)$/.exec(text) ?? [];
  const queues = inQueue === undefined ? catalogue.physicalQueues : [inQueue];
  const named = new Set(queues.flatMap((queue) => candidatesOf(queue, name).map(({ taskId }) => taskId)));
  for (const taskId of [text, ...[...named].filter((candidate) => !isAdopted(candidate))]) {
    if (await hasRecord(taskId)) return taskPath(taskId);
  }

  const subject = /^[\w-]+\/[\w.-]+$/.test(text) ? text : `orders/${text}`;
  if (subject === text || /^[\w-]{1,200}$/.test(text)) {
    const { tasks } = await search.page({ subject }, { size: 1 });
    if (tasks.length > 0 || (await eraser.isOrder(subject))) return subjectPath(subject);
  }

  // A name that its producer gave it: last, for that is one read for each queue.
  for (const taskId of named) {
    if (isAdopted(taskId) && (await hasRecord(taskId))) return taskPath(taskId);
  }
  return undefined;
}
