import type { Violation } from '@waybill/contract-kit';
import { type Html, html } from '@waybill/service-kit/html';

/** The schema's verdict on a payload. */
export function schemaVerdict(violations: readonly Violation[]): Html {
  if (violations.length === 0) return html`<p class="fits">● It matches the schema.</p>`;
  return html`<ul class="violations">${violations.map(({ pointer, message }) => html`<li><code>${pointer === '' ? '(whole)' : pointer}</code> ${message}</li>`)}</ul>`;
}
