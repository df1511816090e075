import { html } from 'hono/html';

/** Makes HTML: whatever is put into its template is escaped, unless it is such a template itself. */
export { html };

/** What {@link html} makes, and lists of it. */
export type Html = ReturnType<typeof html>;

/** Nothing, where a template may be left out. */
export const nothing: Html = html``;

/** A template's text. @throws {Error} if something in it is a promise: pages are made of what is there already */
export function textOf(template: Html): string {
  if (template instanceof Promise) throw new Error('A template holds a promise: await it before');
  return template.toString();
}
