import { type Html, html } from '@waybill/service-kit/html';
import { fullTime, timeWords } from '../../public/time-words.js';

/** Pages are made for UTC; their script tells times as their viewer's clock does. */
const UTC = { timeZone: 'UTC' } as const;

/** A time in words, with the exact one. */
export function timeElement(at: Date, now: Date): Html {
  const words = timeWords(at.getTime(), now.getTime(), UTC);
  return html`<time datetime="${at.toISOString()}" title="${fullTime(at.getTime(), UTC)}">${words}</time>`;
}
