import type { Service, ServiceContext } from './create-service.ts';

/** Parts of a browser that no page uses. */
const UNUSED_FEATURES = [
  ...['accelerometer', 'autoplay', 'bluetooth', 'camera', 'display-capture', 'encrypted-media', 'fullscreen'],
  ...['geolocation', 'gyroscope', 'hid', 'magnetometer', 'microphone', 'midi', 'picture-in-picture'],
  ...['publickey-credentials-get', 'screen-wake-lock', 'serial', 'usb', 'xr-spatial-tracking'],
];
/** A year. */
const HSTS = 'max-age=31536000';

/** Builds a Permissions-Policy that allows nothing but payments from the given sources. */
export function permissionsPolicy(options: { paymentSources?: readonly string[] } = {}): string {
  const { paymentSources = [] } = options;
  const payment = paymentSources.map((source) => (source === 'self' ? source : `"${source}"`)).join(' ');
  return [...UNUSED_FEATURES.map((name) => `${name}=()`), `payment=(${payment})`].join(', ');
}

/**
 * Sets headers on every response of a service, also on refusals and failures. A header that a route set stays.
 * `X-Content-Type-Options: nosniff`, `Cache-Control: no-store`, `Cross-Origin-Opener-Policy: same-origin` and a
 * `Permissions-Policy` that allows nothing are always among them; `Strict-Transport-Security` is where the client came by HTTPS.
 */
export function addSecurityHeaders(app: Service, headers: Readonly<Record<string, string>>): void {
  const defaults = {
    'X-Content-Type-Options': 'nosniff',
    'Cache-Control': 'no-store',
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Permissions-Policy': permissionsPolicy(),
    ...headers,
  };
  // The outermost middleware: the one that turns an error into a response clears the headers.
  app.middleware.unshift(async (ctx, next) => {
    await next();
    const due = isHttps(ctx) ? { ...defaults, 'Strict-Transport-Security': HSTS } : defaults;
    for (const [name, value] of Object.entries(due)) {
      if (!ctx.response.get(name)) ctx.set(name, value);
    }
  });
}

/** App Engine and Cloud Run end TLS and say so. A browser heeds the header over HTTPS alone, so a forged one does no harm. */
function isHttps(ctx: ServiceContext): boolean {
  return ctx.get('X-Forwarded-Proto').split(',').at(-1)?.trim().toLowerCase() === 'https';
}
