import { invalidRequest } from '../stripe-api/stripe-api-error.ts';

const CURRENCIES = new Set(Intl.supportedValuesOf('currency').map((currency) => currency.toLowerCase()));

/**
 * The least charge, in minor units; where a currency isn't listed, 1.
 * Source: https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts
 */
const MIN_AMOUNT: Readonly<Record<string, number>> = {
  usd: 50,
  aed: 200,
  aud: 50,
  brl: 50,
  cad: 50,
  chf: 50,
  czk: 1500,
  dkk: 250,
  eur: 50,
  gbp: 30,
  hkd: 400,
  huf: 17500,
  inr: 50,
  jpy: 50,
  mxn: 1000,
  myr: 200,
  nok: 300,
  nzd: 50,
  pln: 200,
  ron: 200,
  sek: 300,
  sgd: 50,
  thb: 1000,
};
/** Eight digits, in every currency. */
const MAX_AMOUNT = 99_999_999;

/**
 * The currency in lower case, as Stripe writes it.
 * @throws {StripeApiError} 400 if it is none
 */
export function checkCurrency(text: string): string {
  const currency = text.toLowerCase();
  if (CURRENCIES.has(currency)) return currency;
  throw invalidRequest(`Invalid currency: ${text}`, { param: 'currency' });
}

/**
 * Refuses what Stripe doesn't charge: less than its least, more than its greatest amount.
 * @throws {StripeApiError} 400
 */
export function checkAmount(amount: number, currency: string): void {
  const param = 'amount';
  if (amount < 1) {
    throw invalidRequest('This value must be greater than or equal to 1.', {
      code: 'parameter_invalid_integer',
      param,
    });
  }
  const minAmount = MIN_AMOUNT[currency] ?? 1;
  if (amount < minAmount) {
    throw invalidRequest(`Amount must be at least ${moneyText(minAmount, currency)}`, {
      code: 'amount_too_small',
      param,
    });
  }
  if (amount > MAX_AMOUNT) {
    throw invalidRequest(`Amount must be no more than ${moneyText(MAX_AMOUNT, currency)}`, {
      code: 'amount_too_large',
      param,
    });
  }
}

/** An amount of minor units for people: `$0.50 usd`. */
export function moneyText(amount: number, currency: string): string {
  const format = new Intl.NumberFormat('en-US', { style: 'currency', currency });
  const digits = format.resolvedOptions().maximumFractionDigits ?? 2;
  return `${format.format(amount / 10 ** digits)} ${currency}`;
}
