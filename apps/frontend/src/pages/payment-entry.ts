/** A payment method that the shop's page offers. */
export interface PaymentChoice {
  readonly paymentMethod: string;
  readonly label: string;
}

// Source: https://docs.stripe.com/testing
const STRIPE_TEST_CARDS: readonly PaymentChoice[] = [
  { paymentMethod: 'pm_card_visa', label: 'Visa, pays' },
  { paymentMethod: 'pm_card_mastercard', label: 'Mastercard, pays' },
  { paymentMethod: 'pm_card_chargeDeclined', label: 'Visa, declined by the bank' },
  { paymentMethod: 'pm_card_chargeDeclinedInsufficientFunds', label: 'Visa, not enough money' },
];
/** What only the local payment sandbox knows. */
const SANDBOX_CARDS: readonly PaymentChoice[] = [
  { paymentMethod: 'pm_sandbox_serverErrorOnce', label: 'Visa, pays at the second attempt' },
  { paymentMethod: 'pm_sandbox_resetAfterCharge', label: 'Visa, charged but the answer is lost' },
  { paymentMethod: 'pm_sandbox_serverError', label: 'Visa, its provider is away' },
];

/** How the shop's page asks what to pay with. */
export type PaymentEntry =
  /** Stripe's own form for cards, in a frame of its own. */
  | { readonly kind: 'card'; readonly publishableKey: string }
  /** Test cards: no money moves. */
  | { readonly kind: 'choice'; readonly choices: readonly PaymentChoice[] }
  /** A payment method's id, for whoever has one from elsewhere. */
  | { readonly kind: 'id' };

/**
 * How the shop's page asks what to pay with: with Stripe's form where there is a key for it, else with test cards where
 * payments are tests, else by the payment method's id.
 * @param options.defaultPaymentMethod one of Stripe's test cards, where payments are tests
 * @param options.hasSandbox whether the local payment sandbox is the provider
 */
export function paymentEntry(options: {
  publishableKey: string | undefined;
  defaultPaymentMethod: string | undefined;
  hasSandbox: boolean;
}): PaymentEntry {
  const { publishableKey, defaultPaymentMethod, hasSandbox } = options;
  if (publishableKey !== undefined) return { kind: 'card', publishableKey };
  if (!isTestCard(defaultPaymentMethod)) return { kind: 'id' };
  return {
    kind: 'choice',
    choices: hasSandbox ? [...STRIPE_TEST_CARDS, ...SANDBOX_CARDS] : STRIPE_TEST_CARDS,
  };
}

/** Whether a payment method is one of Stripe's test cards, which no live key can charge. */
export function isTestCard(paymentMethod: string | undefined): boolean {
  return paymentMethod?.startsWith('pm_card_') === true;
}
