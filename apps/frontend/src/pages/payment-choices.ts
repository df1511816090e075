/** A payment method that the shop's page offers. */
export interface PaymentChoice {
  readonly paymentMethod: string;
  readonly words: string;
}

// Source: https://docs.stripe.com/testing
const STRIPE_TEST_CARDS: readonly PaymentChoice[] = [
  { paymentMethod: 'pm_card_visa', words: 'Visa, pays' },
  { paymentMethod: 'pm_card_mastercard', words: 'Mastercard, pays' },
  { paymentMethod: 'pm_card_chargeDeclined', words: 'Visa, declined by the bank' },
  { paymentMethod: 'pm_card_chargeDeclinedInsufficientFunds', words: 'Visa, not enough money' },
];
/** What only the local payment sandbox knows. */
const SANDBOX_CARDS: readonly PaymentChoice[] = [
  { paymentMethod: 'pm_sandbox_serverErrorOnce', words: 'Visa, pays at the second attempt' },
  { paymentMethod: 'pm_sandbox_resetAfterCharge', words: 'Visa, charged but the answer is lost' },
  { paymentMethod: 'pm_sandbox_serverError', words: 'Visa, its provider is away' },
];

/**
 * What the shop's page offers to pay with. Where payments are tests, that is test cards; else there is no choice here,
 * and the customer names a payment method of the provider's.
 * @param options.defaultPaymentMethod one of Stripe's test cards, where payments are tests
 * @param options.hasSandbox whether the local payment sandbox is the provider
 */
export function paymentChoices(options: {
  defaultPaymentMethod: string | undefined;
  hasSandbox: boolean;
}): readonly PaymentChoice[] {
  if (options.defaultPaymentMethod?.startsWith('pm_card_') !== true) return [];
  return options.hasSandbox ? [...STRIPE_TEST_CARDS, ...SANDBOX_CARDS] : STRIPE_TEST_CARDS;
}
