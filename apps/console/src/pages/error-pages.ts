import { STATUS_CODES } from 'node:http';
import { maskPersonalData, type ServiceContext, ServiceError } from '@waybill/service-kit';
import { html } from '@waybill/service-kit/html';
import { notice } from './components/notice.ts';
import type { PageRenderer } from './page-renderer.ts';

/**
 * Shows errors of a page as a page. Programs under `/api`, and requests that are denied, get problem documents.
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
      ctx.state.shownError = known;
      if (status >= 500) {
        ctx.state.logger.error('page failed', { error, path: maskPersonalData(ctx.path) });
      }
      ctx.set({ ...known?.headers });
      pages.respond(ctx, { path: '', title: STATUS_CODES[status] ?? 'Error', status }, () =>
        notice('problem', html`<p>${errorText(known)}</p><p><code>${known?.code ?? 'INTERNAL'}</code></p>`),
      );
    }
  };
}

/** @param error undefined for an error that this service does not know */
function errorText(error: ServiceError | undefined): string {
  if (error?.detail !== undefined) return error.detail;
  if (error !== undefined && error.status < 500) return error.message;
  if (error?.code === 'CONTENTION') {
    return 'Other changes of the same documents came first. Try again in a moment.';
  }
  return error?.code === 'STORE_UNAVAILABLE'
    ? 'Firestore, where the tasks are kept, does not answer. Try again in a moment; what the page would show is not lost.'
    : 'Something is wrong on our side. The log has the reason; trying again may help.';
}
