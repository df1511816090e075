import type Stripe from 'stripe';
import type { TestPaymentMethod } from '../test-payment-methods.ts';
import { newObjectId } from './object-id.ts';

// The shapes of the API version that the SDK is pinned to; its own types check that no member is missing.

/** A payment intent that nothing has been done with yet. */
export function newPaymentIntent(
  nowMs: number,
  request: {
    amount: number;
    currency: string;
    metadata: Record<string, string>;
    description: string | null;
    receiptEmail: string | null;
    statementDescriptorSuffix: string | null;
    /** Whether the request allows cards alone; else the account's settings say what is allowed. */
    cardsOnly: boolean;
  },
): Stripe.PaymentIntent {
  const id = newObjectId('pi');
  return {
    id,
    object: 'payment_intent',
    allowed_payment_method_types: request.cardsOnly ? ['card'] : null,
    amount: request.amount,
    amount_capturable: 0,
    amount_details: { tip: {} },
    amount_received: 0,
    application: null,
    application_fee_amount: null,
    automatic_payment_methods: request.cardsOnly ? null : { allow_redirects: 'never', enabled: true },
    canceled_at: null,
    cancellation_reason: null,
    capture_method: 'automatic_async',
    client_secret: `${id}_secret_${newObjectId('s').slice(2)}`,
    confirmation_method: 'automatic',
    created: Math.floor(nowMs / 1000),
    currency: request.currency,
    customer: null,
    customer_account: null,
    description: request.description,
    excluded_payment_method_types: null,
    last_payment_error: null,
    latest_charge: null,
    livemode: false,
    managed_payments: null,
    metadata: request.metadata,
    next_action: null,
    on_behalf_of: null,
    payment_method: null,
    payment_method_configuration_details: null,
    payment_method_options: {
      card: { installments: null, mandate_options: null, network: null, request_three_d_secure: 'automatic' },
    },
    payment_method_types: ['card'],
    payment_record: null,
    processing: null,
    receipt_email: request.receiptEmail,
    review: null,
    setup_future_usage: null,
    shipping: null,
    source: null,
    statement_descriptor: null,
    statement_descriptor_suffix: request.statementDescriptorSuffix,
    status: 'requires_confirmation',
    transfer_data: null,
    transfer_group: null,
  };
}

/** The charge of a payment intent with a test payment method: paid, or failed where the method is declined. */
export function newCharge(intent: Stripe.PaymentIntent, method: TestPaymentMethod): Stripe.Charge {
  const declined = method.result.kind === 'declined' ? method.result : undefined;
  return {
    id: newObjectId('ch'),
    object: 'charge',
    amount: intent.amount,
    amount_captured: declined ? 0 : intent.amount,
    amount_refunded: 0,
    application: null,
    application_fee: null,
    application_fee_amount: null,
    balance_transaction: declined ? null : newObjectId('txn'),
    billing_details: { address: null, email: null, name: null, phone: null, tax_id: null },
    calculated_statement_descriptor: null,
    captured: !declined,
    created: intent.created,
    currency: intent.currency,
    customer: null,
    description: intent.description,
    disputed: false,
    failure_balance_transaction: null,
    failure_code: declined?.code ?? null,
    failure_message: declined?.message ?? null,
    fraud_details: {},
    livemode: false,
    metadata: intent.metadata,
    on_behalf_of: null,
    outcome: {
      advice_code: null,
      network_advice_code: null,
      network_decline_code: null,
      network_status: declined ? 'declined_by_network' : 'approved_by_network',
      reason: declined ? (declined.declineCode ?? declined.code) : null,
      risk_level: 'normal',
      risk_score: 1,
      seller_message: declined ? 'The bank did not return any further details.' : 'Payment complete.',
      type: declined ? 'issuer_declined' : 'authorized',
    },
    paid: !declined,
    payment_intent: intent.id,
    payment_method: newObjectId('pm'),
    payment_method_details: { card: cardDetails(intent, method), type: 'card' },
    receipt_email: intent.receipt_email,
    receipt_number: null,
    receipt_url: null,
    refunded: false,
    review: null,
    shipping: null,
    source: null,
    source_transfer: null,
    statement_descriptor: null,
    statement_descriptor_suffix: intent.statement_descriptor_suffix,
    status: declined ? 'failed' : 'succeeded',
    transfer_data: null,
    transfer_group: null,
  };
}

/** A refund of a part of a charge, or of all of it. */
export function newRefund(
  nowMs: number,
  charge: Stripe.Charge,
  request: { amount: number; reason: Stripe.Refund.Reason | null; metadata: Record<string, string> },
): Stripe.Refund {
  return {
    id: newObjectId('re'),
    object: 'refund',
    amount: request.amount,
    balance_transaction: newObjectId('txn'),
    charge: charge.id,
    created: Math.floor(nowMs / 1000),
    currency: charge.currency,
    customer: null,
    customer_account: null,
    destination_details: { card: { reference_status: 'pending', type: 'refund' }, type: 'card' },
    metadata: request.metadata,
    payment_intent: charge.payment_intent,
    payment_method: charge.payment_method,
    reason: request.reason,
    receipt_number: null,
    source_transfer_reversal: null,
    status: 'succeeded',
    transfer_reversal: null,
  };
}

function cardDetails(
  intent: Stripe.PaymentIntent,
  { brand, last4 }: TestPaymentMethod,
): Stripe.Charge.PaymentMethodDetails.Card {
  return {
    amount_authorized: intent.amount,
    authorization_code: null,
    brand,
    checks: { address_line1_check: null, address_postal_code_check: null, cvc_check: 'pass' },
    country: 'US',
    electronic_commerce_indicator: null,
    exp_month: 12,
    exp_year: 2034,
    fingerprint: null,
    funding: 'credit',
    installments: null,
    last4,
    mandate: null,
    network: brand,
    network_transaction_id: null,
    regulated_status: null,
    three_d_secure: null,
    transaction_link_id: null,
    wallet: null,
  };
}
