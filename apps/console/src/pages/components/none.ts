import { type Html, html } from '@waybill/service-kit/html';

/** The sign for a missing value. */
export const none: Html = html`<span class="none">–</span>`;
