import { type Html, html, nothing } from '@waybill/service-kit/html';

/** A link to the next page of a list. */
export function pager(href: string | undefined, isFirst: boolean, firstHref: string): Html {
  if (href === undefined && isFirst) return nothing;
  return html`<nav class="pager" aria-label="Pages">${isFirst ? nothing : html`<a href="${firstHref}">First page</a>`}${href === undefined ? nothing : html`<a rel="next" href="${href}">Next page</a>`}</nav>`;
}
