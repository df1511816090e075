import { StripeApiError } from './stripe-api-error.ts';

/** Takes any test key, as bearer token or as the user of Basic; refuses live keys, which have no business here. */
export function checkApiKey(authorization: string | undefined): void {
  const [scheme = '', credentials = ''] = (authorization ?? '').split(' ');
  const key =
    scheme.toLowerCase() === 'basic'
      ? (Buffer.from(credentials, 'base64').toString().split(':')[0] ?? '')
      : credentials;
  if (key === '') {
    throw new StripeApiError(
      401,
      {
        type: 'invalid_request_error',
        message:
          "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY'). See https://stripe.com/docs/api#authentication for details.",
      },
      { 'WWW-Authenticate': 'Bearer realm="Stripe"' },
    );
  }
  if (!/^(sk|rk)_test_/.test(key)) {
    throw new StripeApiError(401, {
      type: 'invalid_request_error',
      message: `Invalid API Key provided: ${key.slice(0, 8)}****${key.slice(-4)} (the payment sandbox takes any key that starts with sk_test_)`,
    });
  }
}
