import type { Service } from '@waybill/service-kit';

/** Styles and scripts come from this service alone, none of them from within a page; nobody may frame a page. */
const HEADERS = {
  'Content-Security-Policy': [
    "default-src 'none'",
    "style-src 'self'",
    "script-src 'self'",
    "connect-src 'self'",
    'img-src data:',
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Referrer-Policy': 'same-origin',
} as const;

/** Sets the security headers on every answer of the console, refusals and failures included. */
export function addSecurityHeaders(app: Service): void {
  // First in line, so that it comes after whatever turned an error into an answer, which clears the headers.
  app.middleware.unshift(async (ctx, next) => {
    await next();
    ctx.set({ ...HEADERS });
    if (!ctx.response.get('Cache-Control')) ctx.set('Cache-Control', 'no-store');
  });
}
