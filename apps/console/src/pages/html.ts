import { html } from 'hono/html';

/**
 * The one way in which this service makes HTML: a template whose values are escaped unless they are templates
 * themselves. Give it texts, numbers, other templates and lists of these; never parsed data as it came.
 */
export { html };

/** What a template gives. */
export type Html = ReturnType<typeof html>;

/** The sign for a value that there is not. */
export const none: Html = html`<span class="none">–</span>`;

/** Nothing at all, where a template may be left out. */
export const nothing: Html = html``;
