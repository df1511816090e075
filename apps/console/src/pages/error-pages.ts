import { STATUS_CODES } from 'node:http';
import { type ServiceContext, ServiceError } from '@waybill/service-kit';
import { html } from '@waybill/service-kit/html';
import type { PageRenderer } from './page-renderer.ts';
import { notice } from './parts.ts';

/**
 * Answers what goes wrong on a page with a page. Programs under `/api`, and who is not let in, get problem documents.
 */
export function errorPages(
  pages: PageRenderer,
): (ctx: ServiceContext, next: () => Promise<unknown>) => Promise<void> {
  return async (ctx, next) => {
    try {
      await next();
      if (ctx.status === 404 && (ctx.body === undefined || ctx.body === null)) {
        throw new ServiceError({
          code: 'NOT_FOUND',
          status: 404,
          message: `There is nothing at ${ctx.path}`,
        });
      }
    } catch (error) {
      if (ctx.path.startsWith('/api/') || ctx.path === '/check' || ctx.headerSent) throw error;
      const known = error instanceof ServiceError ? error : undefined;
      const status = known?.status ?? 500;
      if (status >= 500) ctx.state.logger.error('page failed', { error, path: ctx.path });
      const code = known?.code ?? 'INTERNAL';
      ctx.set({ ...known?.headers });
      const text =
        status < 500
          ? (known?.detail ?? known?.message ?? '')
          : (known?.detail ??
            (code === 'STORE_UNAVAILABLE'
              ? 'Firestore, where the tasks are kept, does not answer. Try again in a moment; what the page would show is not lost.'
              : 'Something is wrong on our side. The log has the reason; trying again may help.'));
      pages.respond(ctx, { path: '', title: STATUS_CODES[status] ?? 'Error', status }, () =>
        notice('problem', html`<p>${text}</p><p><code>${code}</code></p>`),
      );
    }
  };
}
