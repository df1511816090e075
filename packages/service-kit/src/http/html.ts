import { html } from 'hono/html';

/**
 * Makes HTML: a template whose values are escaped unless they are templates themselves. Give it texts, numbers,
 * templates and lists of these; never parsed data as it came.
 */
export { html };

/** A template of {@link html}. */
export type Html = ReturnType<typeof html>;

/** An empty template, for an optional part. */
export const nothing: Html = html``;

/**
 * Renders a template as text.
 * @throws {Error} if it holds a promise
 */
export function textOf(template: Html): string {
  if (template instanceof Promise) throw new Error('A template holds a promise: await it before');
  return template.toString();
}
