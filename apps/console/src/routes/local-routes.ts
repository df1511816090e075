import Router from '@koa/router';
import { type ServiceContext, ServiceError, type ServiceState } from '@waybill/service-kit';
import type { AuditLog } from '../actions/audit-log.ts';
import { actorOf } from '../actions/operator-actions.ts';
import type { StackControl } from '../local/stack-control.ts';
import { ADVANCES, confirmLocalPage, localPage } from '../pages/local-page.ts';
import type { PageRenderer } from '../pages/page-renderer.ts';

const PATH = '/local';
const MAX_MAILS = 50;

/** What only a laptop has: moving the clock, killing a process, reading the mailbox. */
export function createLocalRoutes(
  pages: PageRenderer,
  parts: { stack: StackControl; auditLog: AuditLog },
): Router<ServiceState> {
  const { stack, auditLog } = parts;
  const { sessions } = pages;
  const router = new Router<ServiceState>();

  router.get('/local', async (ctx) => {
    // Its mails are not masked.
    sessions.requireOperator(ctx);
    const [status, mails] = await Promise.all([stack.status(), stack.mails()]);
    const text = { advance: 'The clock is moved.', kill: 'It is killed, and comes back.' };
    const done =
      ctx.query['done'] === 'advance' || ctx.query['done'] === 'kill' ? text[ctx.query['done']] : undefined;
    pages.respond(ctx, { path: PATH, title: 'This machine' }, () =>
      localPage({ status, mails: mails.slice(0, MAX_MAILS), done }),
    );
  });

  router.get('/local/advance', async (ctx) => {
    sessions.requireOperator(ctx);
    const by = advanceOf(String(ctx.query['by'] ?? ''));
    pages.respond(ctx, { path: PATH, title: `Move the clock ${by} ahead?` }, (frame) =>
      confirmLocalPage(frame, {
        action: 'advance',
        field: 'by',
        value: by,
        text: 'What comes due meanwhile is delivered, and the clock never goes back but by a fresh start.',
        verb: `Move it ${by} ahead`,
      }),
    );
  });
  router.post('/local/advance', async (ctx) => {
    await act(ctx, 'by', (value) => {
      const by = advanceOf(value);
      return { target: `clock, by ${by}`, work: () => stack.advance(ADVANCES[by]) };
    });
  });

  router.get('/local/kill', async (ctx) => {
    sessions.requireOperator(ctx);
    const name = await processOf(String(ctx.query['process'] ?? ''));
    pages.respond(ctx, { path: PATH, title: `Kill ${name}?` }, (frame) =>
      confirmLocalPage(frame, {
        action: 'kill',
        field: 'process',
        value: name,
        text: 'Its process ends at once, with whatever it was doing; the stack starts it again.',
        verb: `Kill ${name}`,
      }),
    );
  });
  router.post('/local/kill', async (ctx) => {
    await act(ctx, 'process', async (value) => {
      const name = await processOf(value);
      return { target: name, work: () => stack.kill(name) };
    });
  });

  async function act(
    ctx: ServiceContext,
    field: string,
    plan: (value: string) => Promise<Plan> | Plan,
  ): Promise<void> {
    const { who } = sessions.requireOperator(ctx);
    const form = await sessions.readForm(ctx);
    const action = ctx.path.split('/').at(-1) ?? '';
    const { target, work } = await plan(form.get(field) ?? '');
    const actor = actorOf({ by: who, why: form.get('why') ?? '' });
    await auditLog.record({ ...actor, action, target }, ctx.state.logger, async () => {
      await work();
      return 'done';
    });
    ctx.status = 303;
    ctx.redirect(`/local?done=${action}`);
  }

  async function processOf(name: string): Promise<string> {
    const { processes } = await stack.status();
    if (processes.includes(name)) return name;
    throw new ServiceError({
      code: 'SELECTION',
      status: 400,
      message: `Choose one of ${processes.join(', ')}`,
    });
  }
  return router;
}

interface Plan {
  readonly target: string;
  readonly work: () => Promise<void>;
}

function advanceOf(text: string): keyof typeof ADVANCES {
  const names = Object.keys(ADVANCES) as (keyof typeof ADVANCES)[];
  const name = names.find((candidate) => candidate === text);
  if (name !== undefined) return name;
  throw new ServiceError({ code: 'SELECTION', status: 400, message: `Choose one of ${names.join(', ')}` });
}
