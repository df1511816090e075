// Takes a card with Stripe's own form. The card goes from Stripe's frame to Stripe; here comes only the id of it.

/**
 * What is used of Stripe.js. Source: https://docs.stripe.com/js/elements_object/create_without_intent and
 * https://docs.stripe.com/js/payment_methods/create_payment_method_elements
 * @typedef {object} Stripe
 * @property {(options: object) => Elements} elements
 * @property {(options: { elements: Elements, params: object }) => Promise<{ error?: Failure, paymentMethod?: { id: string } }>} createPaymentMethod
 *
 * @typedef {object} Elements
 * @property {(type: 'payment') => { mount: (place: Element) => void }} create
 * @property {() => Promise<{ error?: Failure }>} submit
 * @property {(options: object) => void} update
 *
 * @typedef {object} Failure
 * @property {string} [message] for the customer, in their language
 */

const UNREACHABLE = 'The card form could not be loaded. Load this page again, or come back later.';

const group = /** @type {HTMLElement} */ (document.getElementById('paymentMethod'));
const place = /** @type {HTMLElement} */ (group.querySelector('[data-card]'));
const problem = /** @type {HTMLElement} */ (group.querySelector('[data-problem]'));
const field = /** @type {HTMLInputElement} */ (group.querySelector('input[name=paymentMethod]'));
const form = /** @type {HTMLFormElement} */ (group.closest('form'));
const email = /** @type {HTMLInputElement} */ (form.elements.namedItem('email'));
const button = /** @type {HTMLButtonElement} */ (form.querySelector('button'));
const makeStripe = /** @type {{ Stripe?: (publishableKey: string) => Stripe }} */ (globalThis).Stripe;

if (makeStripe === undefined) {
  say(UNREACHABLE);
} else {
  takeCards(makeStripe(group.dataset['publishableKey'] ?? ''));
}

/** @param {Stripe} stripe */
function takeCards(stripe) {
  const darkness = matchMedia('(prefers-color-scheme: dark)');
  const appearance = () => ({ theme: darkness.matches ? 'night' : 'stripe' });
  // Nothing is charged here, so no amount is named: the order is charged later, while the customer is elsewhere.
  const elements = stripe.elements({
    mode: 'setup',
    paymentMethodTypes: ['card'],
    paymentMethodCreation: 'manual',
    appearance: appearance(),
  });
  darkness.addEventListener('change', () => elements.update({ appearance: appearance() }));
  elements.create('payment').mount(place);
  // Whoever comes back to the page enters a card anew: an id is good for one order.
  addEventListener('pageshow', () => {
    field.value = '';
  });

  form.addEventListener('submit', async (event) => {
    if (field.value !== '') return;
    event.preventDefault();
    button.disabled = true;
    say('');
    try {
      field.value = await cardId(stripe, elements);
      // In a task of its own: while this submit event is being told, a form does not submit anew.
      setTimeout(() => form.requestSubmit());
    } catch (error) {
      say(error instanceof Error ? error.message : UNREACHABLE);
    } finally {
      button.disabled = false;
    }
  });
}

/**
 * @param {Stripe} stripe
 * @param {Elements} elements
 * @returns {Promise<string>} Stripe's id of the card that was entered
 */
async function cardId(stripe, elements) {
  const checked = await elements.submit();
  if (checked.error !== undefined) throw new Error(checked.error.message ?? UNREACHABLE);
  const params = { billing_details: { email: email.value } };
  const { error, paymentMethod } = await stripe.createPaymentMethod({ elements, params });
  if (paymentMethod === undefined) throw new Error(error?.message ?? UNREACHABLE);
  return paymentMethod.id;
}

/** @param {string} words */
function say(words) {
  problem.textContent = words;
}
