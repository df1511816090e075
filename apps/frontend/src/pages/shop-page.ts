import { formatAmount, type Product } from '@waybill/orders';
import { type Html, html, nothing } from '@waybill/service-kit/html';
import { type EnteredOrder, type FieldErrors, quantityField } from './order-form.ts';
import type { PageContents } from './page-layout.ts';
import type { PaymentEntry } from './payment-entry.ts';

/** What the shop's page shows. */
export interface Shop {
  readonly products: readonly Product[];
  readonly payment: PaymentEntry;
  /** Two forms with the same one are the same order. */
  readonly idempotencyKey: string;
  readonly entered: EnteredOrder;
  readonly errors: FieldErrors;
  /** Something to be said above all. */
  readonly notice?: string;
}

/** The maximum quantity of one product in an order. */
const MAX_PIECES = 1000;
/** The page shows the stock from here down as "only … left". */
const FEW_PIECES = 20;

/** The shop: all there is, and one form to order it. */
export function shopPage(shop: Shop): PageContents {
  const { products, errors, notice } = shop;
  const isWrong = errors.size > 0 || notice !== undefined;
  return {
    title: isWrong ? 'Please check your order' : 'Shop',
    script: 'shop-page.js',
    takesCards: shop.payment.kind === 'card',
    main: html`<main id="main" tabindex="-1">
<h1>Coffee, and what it takes</h1>
<p class="lead">Choose, pay, and watch what happens to your order.</p>
${isWrong ? errorSummary(errors, notice) : nothing}
<form method="post" action="/orders" data-order>
<input type="hidden" name="idempotencyKey" value="${shop.idempotencyKey}">
<input type="hidden" name="utcOffsetMinutes" value="${shop.entered.utcOffsetMinutes}">
<fieldset id="items" tabindex="-1"${described('items', errors)}>
<legend>Products</legend>
${errorText('items', errors)}
${products.length === 0 ? html`<p>There is nothing on the shelf.</p>` : html`<ul class="shelf">${products.map((product) => productItem(product, shop))}</ul>`}
</fieldset>
<fieldset class="details">
<legend>Your details</legend>
${emailField(shop)}
${paymentField(shop)}
${timeField(shop)}
</fieldset>
<div class="send"><output id="sum" class="sum"></output><button class="primary">Place the order</button></div>
</form>
</main>`,
  };
}

function errorSummary(errors: FieldErrors, notice: string | undefined): Html {
  return html`<div class="summary" role="alert" tabindex="-1">
<h2>Please check your order</h2>
${notice === undefined ? nothing : html`<p>${notice}</p>`}
${errors.size === 0 ? nothing : html`<ul>${[...errors].map(([field, message]) => html`<li><a href="#${field}">${message}</a></li>`)}</ul>`}
</div>`;
}

function productItem({ productId, name, price, currency, stock }: Product, { entered, errors }: Shop): Html {
  const field = quantityField(productId);
  const maxPieces = Math.min(stock, MAX_PIECES);
  const value = entered.quantities.get(productId) ?? '0';
  return html`<li class="product${stock === 0 ? ' sold-out' : ''}">
<div><label for="${field}">${name}</label>
<p class="quiet">${formatAmount(price, currency)} · <span class="${stock <= FEW_PIECES ? 'few' : ''}">${stockText(stock)}</span></p>
${errorText(field, errors)}</div>
<input type="number" inputmode="numeric" id="${field}" name="${field}" value="${value}" min="0" max="${maxPieces}" step="1" data-price="${price}" data-currency="${currency}"${stock === 0 ? html` disabled` : nothing}${described(field, errors)}>
</li>
`;
}

function stockText(stock: number): string {
  if (stock === 0) return 'sold out';
  return stock <= FEW_PIECES ? `only ${stock} left` : `${stock} in stock`;
}

function emailField({ entered, errors }: Shop): Html {
  return html`<div class="field"><label for="email">E-mail</label>
<p class="hint" id="email-hint">The confirmation goes there.</p>
${errorText('email', errors)}
<input type="email" id="email" name="email" value="${entered.email}" required maxlength="254" autocomplete="email" spellcheck="false"${described('email', errors, 'email-hint')}></div>`;
}

function paymentField({ payment, entered, errors }: Shop): Html {
  if (payment.kind === 'card') {
    // What was entered before is not filled in again: a card is entered in Stripe's frame, and known to it alone.
    return html`<div class="field" id="paymentMethod" tabindex="-1" role="group" aria-labelledby="paymentMethod-title" data-publishable-key="${payment.publishableKey}">
<p class="label" id="paymentMethod-title">Card</p>
<p class="hint">It goes to Stripe, our payment provider, and not to us.</p>
${errorText('paymentMethod', errors)}
<p class="error" role="alert" data-problem></p>
<div data-card></div>
<noscript><p class="error">To enter a card your browser has to run scripts.</p></noscript>
<input type="hidden" name="paymentMethod"></div>`;
  }
  if (payment.kind === 'id') {
    return html`<div class="field"><label for="paymentMethod">Payment method</label>
<p class="hint" id="paymentMethod-hint">Its id at our payment provider.</p>
${errorText('paymentMethod', errors)}
<input type="text" id="paymentMethod" name="paymentMethod" value="${entered.paymentMethod}" required maxlength="255" autocomplete="off" spellcheck="false"${described('paymentMethod', errors, 'paymentMethod-hint')}></div>`;
  }
  return html`<div class="field"><label for="paymentMethod">Card</label>
<p class="hint" id="paymentMethod-hint">Test cards: no money moves.</p>
${errorText('paymentMethod', errors)}
<select id="paymentMethod" name="paymentMethod"${described('paymentMethod', errors, 'paymentMethod-hint')}>
${payment.choices.map(({ paymentMethod, label }) => html`<option value="${paymentMethod}"${paymentMethod === entered.paymentMethod ? html` selected` : nothing}>${label}</option>`)}
</select></div>`;
}

function timeField({ entered, errors }: Shop): Html {
  return html`<div class="field"><label for="processAt">Begin later (if you like)</label>
<p class="hint" id="processAt-hint"><span id="zone">In UTC.</span></p>
${errorText('processAt', errors)}
<input type="datetime-local" id="processAt" name="processAt" value="${entered.processAt}"${described('processAt', errors, 'processAt-hint')}></div>`;
}

function errorText(field: string, errors: FieldErrors): Html {
  const message = errors.get(field);
  return message === undefined ? nothing : html`<p class="error" id="${field}-error">${message}</p>`;
}

function described(field: string, errors: FieldErrors, hint?: string): Html {
  const isWrong = errors.has(field);
  const ids = [hint, isWrong ? `${field}-error` : undefined].filter((id) => id !== undefined);
  if (ids.length === 0) return nothing;
  return html` aria-describedby="${ids.join(' ')}"${isWrong && field !== 'items' ? html` aria-invalid="true"` : nothing}`;
}
