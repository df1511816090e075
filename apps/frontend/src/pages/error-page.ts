import type { Service } from '@waybill/service-kit';
import { PROBLEM_MEDIA_TYPE, type ProblemDocument, type ServiceContext } from '@waybill/service-kit';
import { type Html, html } from '@waybill/service-kit/html';
import { pagePolicy, renderPage } from './page-layout.ts';
import type { PublicFiles } from './public-files.ts';

/** What people are told, by the problem's code. */
const WORDS: Readonly<Record<string, { title: string; text: string }>> = {
  ORDER_NOT_FOUND: {
    title: 'There is no such order',
    text: 'Look at its address once more: all of it is needed.',
  },
  NOT_FOUND: { title: 'There is nothing here', text: 'The address may be mistyped, or out of date.' },
  STORE_UNAVAILABLE: {
    title: 'We can’t get at our books right now',
    text: 'Try again in a moment. An order that you were sending may be placed already or not: go back and send the same form again, and it is one order all the same.',
  },
  CONTENTION: {
    title: 'The shop is very busy right now',
    text: 'Try again in a moment: go back and send the same form again. It is one order all the same.',
  },
  TOO_MANY_FAILED_ORDERS: {
    title: 'Too many declined orders',
    text: 'Several orders of this address or this connection were declined or cancelled. Try again later.',
  },
  TOO_MANY_ORDERS: {
    title: 'Too many orders',
    text: 'This address or this connection has placed many orders. Try again later.',
  },
  TOO_LATE_TO_CANCEL: {
    title: 'It is too late to cancel',
    text: 'The warehouse is sending this order already.',
  },
};

/**
 * Gives people a page where programs get a problem document: wherever somebody asks for HTML rather than JSON, outside
 * of the API. Status and log stay as they are.
 */
export function addErrorPages(app: Service, files: PublicFiles): void {
  // Outside of what turns an error into an answer.
  app.middleware.unshift(async (ctx, next) => {
    await next();
    const isProblem = ctx.response.is(PROBLEM_MEDIA_TYPE) !== false;
    if (!isProblem || ctx.headerSent || typeof ctx.body !== 'string' || ctx.path.startsWith('/api/')) return;
    if (ctx.accepts('application/json', 'text/html') !== 'text/html') return;
    const problem = JSON.parse(ctx.body) as ProblemDocument;
    const page = { title: titleOf(problem), main: errorMain(problem, orderPageOf(ctx)) };
    ctx.set('Content-Security-Policy', pagePolicy(page));
    ctx.body = renderPage(files, page);
    ctx.type = 'html';
  });
}

function titleOf(problem: ProblemDocument): string {
  return WORDS[problem.code]?.title ?? (problem.status < 500 ? 'That did not work' : 'Something went wrong');
}

/** The page of the order that a failed request was about, with the request's own token. */
function orderPageOf({ path, query }: ServiceContext): string | undefined {
  const page = /^\/orders\/[0-9a-f]{32}(?=\/)/.exec(path)?.[0];
  const { token } = query;
  return page === undefined || typeof token !== 'string'
    ? undefined
    : `${page}?${new URLSearchParams({ token })}`;
}

function errorMain(problem: ProblemDocument, order: string | undefined): Html {
  const text = WORDS[problem.code]?.text ?? problem.detail;
  return html`<main id="main" tabindex="-1" class="narrow">
<h1>${titleOf(problem)}</h1>
<p>${text}</p>
<p>${order === undefined ? html`<a class="button" href="/">To the shop</a>` : html`<a class="button" href="${order}">To the order</a>`}</p>
<p class="quiet">${problem.status} <code>${problem.code}</code></p>
</main>`;
}
