import { type Html, html } from '@waybill/service-kit/html';

/** Says that something is done, or what is wrong; read out at once. */
export function notice(kind: 'done' | 'problem', content: Html | string): Html {
  return html`<div class="notice ${kind}" role="${kind === 'done' ? 'status' : 'alert'}">${content}</div>`;
}
