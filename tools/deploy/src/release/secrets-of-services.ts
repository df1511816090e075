/**
 * The environment variables that each service gets from Secret Manager, where secrets of the same names hold their
 * values. App Engine itself can't read them from there.
 */
export const secretsOfServices: Readonly<Record<string, readonly string[]>> = {
  worker: ['STRIPE_API_KEY', 'SMTP_URL', 'WAREHOUSE_URL', 'WAREHOUSE_SECRET'],
};
