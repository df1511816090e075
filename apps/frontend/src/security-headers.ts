import type { Service } from '@waybill/service-kit';

/** For answers that hold data: they are nothing to show, to run, to frame or to keep. Pages bring a policy of their own. */
const HEADERS = {
  'X-Content-Type-Options': 'nosniff',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
} as const;

/** Sets the security headers on every answer of a service, refusals and failures included. */
export function addSecurityHeaders(app: Service): void {
  // First in line, so that it comes after whatever turned an error into an answer, which clears the headers.
  app.middleware.unshift(async (ctx, next) => {
    await next();
    for (const [name, value] of Object.entries({ ...HEADERS, 'Cache-Control': 'no-store' })) {
      if (!ctx.response.get(name)) ctx.set(name, value);
    }
  });
}
