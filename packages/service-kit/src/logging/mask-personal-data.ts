/**
 * An e-mail address. The domain needs a top level of letters, so that `package@1.2.3` and `@scope/name` stay. It is looked for
 * from the beginning of a word alone: from each letter on, a long word would take a time that grows with its square.
 */
const ADDRESS =
  /(?<![\p{L}\p{N}.!#$%&'*+=?^_`{|}~-])[\p{L}\p{N}.!#$%&'*+=?^_`{|}~-]+(?:@|%40)(?:[\p{L}\p{N}-]+\.)+\p{L}{2,63}|"[^"\r\n]{1,64}"@(?:[\p{L}\p{N}-]+\.)+\p{L}{2,63}/giu;
/** Stripe's ids of payment methods, cards, tokens and customers, and its keys and client secrets. */
const PAYMENT_TOKEN =
  /\b(?:(?:pm|card|tok|src|ba|btok|cus|seti)_\w{3,}|(?:[sr]k|whsec)_(?:test_|live_)?\w{6,}|pi_\w+_secret_\w+)/g;
/** The token of a link, which stands for its order's customer. */
const LINK_TOKEN = /(token(?:=|%3D))[^\s&"'<>()]+/gi;
/** Thirteen to nineteen digits, in groups or not, as on a card. */
const CARD_NUMBER = /(?<![\w.-])\d(?:[ -]?\d){12,18}(?![\w.-])/g;

/**
 * Masks e-mail addresses, payment methods, card numbers and links' tokens in a text for the log. Providers quote them in
 * messages, and a path may hold them by mistake. It is the last net: code that calls a provider reduces its errors to their
 * codes first.
 */
export function maskPersonalData(text: string): string {
  return text
    .replace(LINK_TOKEN, '$1<token>')
    .replace(ADDRESS, '<address>')
    .replace(PAYMENT_TOKEN, '<payment method>')
    .replace(CARD_NUMBER, (digits) => (isCardNumber(digits) ? '<card number>' : digits));
}

/** Whether digits have the check digit of a card: times in milliseconds have 13 digits, too. */
function isCardNumber(text: string): boolean {
  const digits = [...text.replace(/\D/g, '')].reverse().map(Number);
  const sum = digits.reduce((total, digit, index) => {
    const value = index % 2 === 0 ? digit : digit * 2;
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  return sum % 10 === 0;
}
