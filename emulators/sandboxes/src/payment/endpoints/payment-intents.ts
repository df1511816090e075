import type Stripe from 'stripe';
import { newCharge, newPaymentIntent } from '../objects/new-objects.ts';
import { checkAmount, checkCurrency } from '../params/currency.ts';
import {
  type FormParams,
  groupParam,
  integerParam,
  listParam,
  refuseUnknown,
  textParam,
} from '../params/form-params.ts';
import { checkMetadata } from '../params/metadata.ts';
import { listPage, readListParams, readSearchParams, searchPage } from '../params/pages.ts';
import { parseSearch } from '../params/search-query.ts';
import {
  invalidRequest,
  noSuch,
  StripeApiError,
  type StripeErrorBody,
} from '../stripe-api/stripe-api-error.ts';
import { type TestPaymentMethod, testPaymentMethods } from '../test-payment-methods.ts';
import type { EndpointContext, GetEndpoint, Outcome, PostEndpoint } from './endpoint.ts';

const CREATE_PARAMS = [
  'allowed_payment_method_types',
  'amount',
  'automatic_payment_methods',
  'capture_method',
  'confirm',
  'confirmation_method',
  'currency',
  'description',
  'error_on_requires_action',
  'expand',
  'metadata',
  'off_session',
  'payment_method',
  'receipt_email',
  'return_url',
  'statement_descriptor_suffix',
];

/** `POST /v1/payment_intents`, created and confirmed in one. */
export const createPaymentIntent: PostEndpoint = (context, params) => {
  refuseUnknown(params, CREATE_PARAMS);
  const amount = integerParam(params, 'amount');
  if (amount === undefined) throw missing('amount');
  const currencyText = textParam(params, 'currency');
  if (currencyText === undefined) throw missing('currency');
  const currency = checkCurrency(currencyText);
  checkAmount(amount, currency);
  const metadata = checkMetadata(groupParam(params, 'metadata'));
  const expand = readExpand(params);
  checkConfirmation(params);
  const method = readPaymentMethod(params);
  if (method.result.kind === 'rate limited') {
    throw new StripeApiError(429, {
      type: 'invalid_request_error',
      code: 'rate_limit',
      message: 'Request rate limit exceeded.',
    });
  }

  return ({ hasFailedBefore }) => {
    const { result } = method;
    if (result.kind === 'server error' && !(result.once && hasFailedBefore)) return serverError();
    const intent = newPaymentIntent(context.nowMs(), {
      amount,
      currency,
      metadata,
      description: textParam(params, 'description') ?? null,
      receiptEmail: textParam(params, 'receipt_email') ?? null,
      statementDescriptorSuffix: textParam(params, 'statement_descriptor_suffix') ?? null,
      cardsOnly: listParam(params, 'allowed_payment_method_types').length > 0,
    });
    const charge = newCharge(intent, method);
    intent.latest_charge = charge.id;
    if (result.kind === 'declined') return decline(intent, charge, result);
    intent.status = 'succeeded';
    intent.amount_received = amount;
    intent.payment_method = charge.payment_method;
    return {
      status: 200,
      body: expanded(intent, charge, expand),
      objects: [intent, charge],
      delivery:
        result.kind === 'charged, no response'
          ? 'no response'
          : result.kind === 'charged, connection cut'
            ? 'cut the connection'
            : 'response',
    };
  };
};

/** `GET /v1/payment_intents/:id` */
export const retrievePaymentIntent: GetEndpoint = (context, params, id) => {
  refuseUnknown(params, ['expand', 'client_secret']);
  const expand = readExpand(params);
  const intent = context.store.find('payment_intent', id);
  if (!intent) throw noSuch('payment_intent', id, 'intent');
  return expanded(intent, latestChargeOf(context, intent), expand);
};

/** `GET /v1/payment_intents` */
export const listPaymentIntents: GetEndpoint = (context, params) => {
  refuseUnknown(params, ['created', 'customer', 'ending_before', 'expand', 'limit', 'starting_after']);
  const customer = textParam(params, 'customer');
  const page = listPage(
    '/v1/payment_intents',
    context.store.all('payment_intent'),
    readListParams(params),
    (intent) => customer === undefined || intent.customer === customer,
  );
  return { ...page, data: expandedAll(context, page.data, params) };
};

/**
 * `GET /v1/payment_intents/search`. Answers from what is stored now; Stripe's own search can lag by a minute or more,
 * so nothing may rely on finding what was just made.
 * Source: https://docs.stripe.com/search#data-freshness
 */
export const searchPaymentIntents: GetEndpoint = (context, params) => {
  refuseUnknown(params, ['expand', 'limit', 'page', 'query']);
  const query = textParam(params, 'query');
  if (query === undefined) throw missing('query');
  const page = searchPage(
    '/v1/payment_intents/search',
    context.store.all('payment_intent'),
    readSearchParams(params),
    parseSearch(query),
  );
  return { ...page, data: expandedAll(context, page.data, params) };
};

/** `GET /v1/charges/:id` */
export const retrieveCharge: GetEndpoint = (context, params, id) => {
  refuseUnknown(params, []);
  const charge = context.store.find('charge', id);
  if (!charge) throw noSuch('charge', id, 'charge');
  return charge;
};

function missing(param: string): StripeApiError {
  return invalidRequest(`Missing required param: ${param}.`, { code: 'parameter_missing', param });
}

function checkConfirmation(params: FormParams): void {
  if (textParam(params, 'confirm') !== 'true') {
    throw invalidRequest(
      'The payment sandbox only knows payment intents that are created with confirm=true.',
      {
        param: 'confirm',
      },
    );
  }
  if (!['automatic', 'automatic_async'].includes(textParam(params, 'capture_method') ?? 'automatic')) {
    throw invalidRequest('The payment sandbox only knows automatic capture.', { param: 'capture_method' });
  }
  const types = listParam(params, 'allowed_payment_method_types');
  if (types.some((type) => type !== 'card')) {
    throw invalidRequest('The payment sandbox only knows the payment method type card.', {
      param: 'allowed_payment_method_types',
    });
  }
  // Cards alone never lead the customer elsewhere.
  if (types.length > 0) return;
  const automatic = groupParam(params, 'automatic_payment_methods');
  if (textParam(automatic, 'allow_redirects') === 'never' || textParam(params, 'return_url')) return;
  throw invalidRequest(
    "This PaymentIntent is configured to accept payment methods enabled in your Dashboard. Because some of these payment methods might redirect your customer off of your page, you must provide a `return_url`. If you don't want to accept redirect-based payment methods, set `automatic_payment_methods[enabled]` to `true` and `automatic_payment_methods[allow_redirects]` to `never` when creating Setup Intents and Payment Intents.",
  );
}

function readPaymentMethod(params: FormParams): TestPaymentMethod {
  const id = textParam(params, 'payment_method');
  if (id === undefined) {
    throw invalidRequest(
      "You cannot confirm this PaymentIntent because it's missing a payment method. To confirm the PaymentIntent, specify a payment method attached to this customer along with the customer ID.",
      { code: 'payment_intent_unexpected_state' },
    );
  }
  const method = Object.hasOwn(testPaymentMethods, id) ? testPaymentMethods[id] : undefined;
  if (method) return method;
  throw invalidRequest(
    `No such PaymentMethod: '${id}' (the payment sandbox knows ${Object.keys(testPaymentMethods).join(', ')})`,
    { code: 'resource_missing', param: 'payment_method' },
  );
}

function decline(
  intent: Stripe.PaymentIntent,
  charge: Stripe.Charge,
  result: { code: string; declineCode?: string; message: string },
): Outcome {
  const error: StripeErrorBody = {
    charge: charge.id,
    code: result.code,
    ...(result.declineCode !== undefined && { decline_code: result.declineCode }),
    doc_url: `https://stripe.com/docs/error-codes/${result.code.replaceAll('_', '-')}`,
    message: result.message,
    type: 'card_error',
  };
  intent.status = 'requires_payment_method';
  intent.last_payment_error = error as Stripe.PaymentIntent.LastPaymentError;
  return {
    status: 402,
    body: { error: { ...error, payment_intent: intent } },
    objects: [intent, charge],
    delivery: 'response',
  };
}

function serverError(): Outcome {
  return {
    status: 500,
    body: {
      error: {
        type: 'api_error',
        message: 'An unknown error occurred (the payment sandbox was asked for it; nothing was charged).',
      },
    },
    objects: [],
    // The same key would get the same answer: Stripe says so to its SDKs, which else repeat a 500.
    headers: { 'Stripe-Should-Retry': 'false' },
    delivery: 'response',
  };
}

function readExpand(params: FormParams): boolean {
  const properties = listParam(params, 'expand').map((property) => property.replace(/^data\./, ''));
  for (const property of properties) {
    if (property !== 'latest_charge') {
      throw invalidRequest(`This property cannot be expanded (${property}).`, { param: 'expand' });
    }
  }
  return properties.length > 0;
}

function expandedAll(
  context: EndpointContext,
  intents: readonly Stripe.PaymentIntent[],
  params: FormParams,
): Stripe.PaymentIntent[] {
  const expand = readExpand(params);
  return intents.map((intent) =>
    expanded(intent, expand ? latestChargeOf(context, intent) : undefined, expand),
  );
}

function latestChargeOf(context: EndpointContext, intent: Stripe.PaymentIntent): Stripe.Charge | undefined {
  return context.store.find('charge', String(intent.latest_charge));
}

function expanded(
  intent: Stripe.PaymentIntent,
  charge: Stripe.Charge | undefined,
  expand: boolean,
): Stripe.PaymentIntent {
  return expand && charge ? { ...intent, latest_charge: charge } : intent;
}
