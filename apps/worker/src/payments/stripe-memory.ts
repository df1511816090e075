/**
 * Stripe keeps idempotency keys for at least 24 hours; an hour is left for clocks that differ.
 * Source: https://docs.stripe.com/api/idempotent_requests
 */
export const STRIPE_REMEMBERS_FOR_SECONDS = 23 * 3600;
