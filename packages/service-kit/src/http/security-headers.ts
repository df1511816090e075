import type { Service } from './create-service.ts';

/**
 * Sets headers on every response of a service, also on refusals and failures. A header that a route set stays.
 * `X-Content-Type-Options: nosniff` and `Cache-Control: no-store` are always among them.
 */
export function addSecurityHeaders(app: Service, headers: Readonly<Record<string, string>>): void {
  const defaults = { 'X-Content-Type-Options': 'nosniff', 'Cache-Control': 'no-store', ...headers };
  // The outermost middleware: the one that turns an error into a response clears the headers.
  app.middleware.unshift(async (ctx, next) => {
    await next();
    for (const [name, value] of Object.entries(defaults)) {
      if (!ctx.response.get(name)) ctx.set(name, value);
    }
  });
}
