// Adds up the cart while it is filled, and takes the time as the viewer means it. The form works without.
import { viewer } from './viewer.js';

const form = /** @type {HTMLFormElement} */ (document.querySelector('form[data-order]'));
const sum = /** @type {HTMLOutputElement} */ (document.getElementById('sum'));
const offset = /** @type {HTMLInputElement} */ (form.elements.namedItem('utcOffsetMinutes'));
const processAt = /** @type {HTMLInputElement} */ (form.elements.namedItem('processAt'));
const zone = /** @type {HTMLElement} */ (document.getElementById('zone'));

form.addEventListener('input', addUp);
form.addEventListener('submit', setOffset);
processAt.addEventListener('input', setOffset);
zone.textContent = `In your time${viewer.timeZone === undefined ? '' : ` (${viewer.timeZone})`}.`;
setOffset();
addUp();

/** What the viewer's clock is ahead of UTC's by at that time: summer time may lie between then and now. */
function setOffset() {
  const at = processAt.value === '' ? new Date() : new Date(processAt.value);
  offset.value = String(-at.getTimezoneOffset());
}

function addUp() {
  /** @type {Map<string, number>} */
  const sums = new Map();
  for (const input of form.querySelectorAll('input')) {
    const { price, currency } = input.dataset;
    const quantity = Number(input.value);
    if (currency === undefined || !Number.isSafeInteger(quantity) || quantity <= 0) continue;
    sums.set(currency, (sums.get(currency) ?? 0) + Number(price) * quantity);
  }
  const amounts = [...sums].map(([currency, minor]) => {
    const format = new Intl.NumberFormat('en', { style: 'currency', currency });
    return format.format(minor / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2));
  });
  sum.textContent = amounts.length === 0 ? 'Nothing chosen yet' : `Together ${amounts.join(' + ')}`;
}
