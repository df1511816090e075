/** What comes of a charge with a test payment method. */
export type PaymentResult =
  | { readonly kind: 'succeeds' }
  | {
      readonly kind: 'declined';
      readonly code: string;
      readonly declineCode?: string;
      readonly message: string;
    }
  /** Charged and recorded, but the request is left without an answer; the same key is answered from then on. */
  | { readonly kind: 'charged, no response' }
  /** Charged and recorded, but the connection is cut instead of an answer. */
  | { readonly kind: 'charged, connection cut' }
  /** A 500 before anything is charged. `once`: not for a later request with the same parameters and another key. */
  | { readonly kind: 'server error'; readonly once: boolean }
  /** A 429 before anything is charged. */
  | { readonly kind: 'rate limited' };

/** A test payment method. */
export interface TestPaymentMethod {
  readonly brand: string;
  readonly last4: string;
  readonly result: PaymentResult;
}

const succeeds: PaymentResult = { kind: 'succeeds' };
const visa = (last4: string, result: PaymentResult): TestPaymentMethod => ({ brand: 'visa', last4, result });
const declined = (declineCode: string, message: string): PaymentResult => ({
  kind: 'declined',
  code: 'card_declined',
  declineCode,
  message,
});

const generic = visa('0002', declined('generic_decline', 'Your card was declined.'));
const insufficient = visa('9995', declined('insufficient_funds', 'Your card has insufficient funds.'));
const lost = visa('9987', declined('lost_card', 'Your card was declined.'));
const stolen = visa('9979', declined('stolen_card', 'Your card was declined.'));

/**
 * The payment methods by id: `pm_card_…` are Stripe's own, with its outcomes; `pm_sandbox_…` are this sandbox's, for
 * what Stripe has no test card for.
 * Source: https://docs.stripe.com/testing
 */
export const testPaymentMethods: Readonly<Record<string, TestPaymentMethod>> = {
  pm_card_visa: visa('4242', succeeds),
  pm_card_visa_debit: visa('5556', succeeds),
  pm_card_mastercard: { brand: 'mastercard', last4: '4444', result: succeeds },
  pm_card_amex: { brand: 'amex', last4: '8431', result: succeeds },
  pm_card_chargeDeclined: generic,
  pm_card_visa_chargeDeclined: generic,
  pm_card_chargeDeclinedInsufficientFunds: insufficient,
  pm_card_visa_chargeDeclinedInsufficientFunds: insufficient,
  pm_card_chargeDeclinedLostCard: lost,
  pm_card_visa_chargeDeclinedLostCard: lost,
  pm_card_chargeDeclinedStolenCard: stolen,
  pm_card_visa_chargeDeclinedStolenCard: stolen,
  pm_card_chargeDeclinedExpiredCard: visa('0069', {
    kind: 'declined',
    code: 'expired_card',
    message: 'Your card has expired.',
  }),
  pm_card_chargeDeclinedIncorrectCvc: visa('0127', {
    kind: 'declined',
    code: 'incorrect_cvc',
    message: "Your card's security code is incorrect.",
  }),
  pm_card_chargeDeclinedProcessingError: visa('0119', {
    kind: 'declined',
    code: 'processing_error',
    message: 'An error occurred while processing your card. Try again in a little bit.',
  }),
  pm_sandbox_timeoutAfterCharge: visa('0001', { kind: 'charged, no response' }),
  pm_sandbox_resetAfterCharge: visa('0003', { kind: 'charged, connection cut' }),
  pm_sandbox_serverError: visa('0500', { kind: 'server error', once: false }),
  pm_sandbox_serverErrorOnce: visa('0501', { kind: 'server error', once: true }),
  pm_sandbox_rateLimited: visa('0429', { kind: 'rate limited' }),
};
