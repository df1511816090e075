import { type Html, html } from '@waybill/service-kit/html';

/** JSON as text, indented; what is no JSON as it is. */
export function prettyJson(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), undefined, 2);
  } catch {
    return text;
  }
}

/** By the kind of value. Where there is none it is shown that there is none. */
const MASKS: Readonly<Record<string, string>> = {
  string: '‹text›',
  number: '‹number›',
  boolean: '‹true or false›',
};

/**
 * JSON with its members, but without its values: `‹text›`, `‹number›`. Shows a payload's shape without showing whom it is
 * about.
 */
export function maskedJson(text: string): string {
  try {
    return JSON.stringify(masked(JSON.parse(text)), undefined, 2);
  } catch {
    return '‹not JSON›';
  }
}

function masked(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(masked);
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, masked(member)]));
  }
  return MASKS[typeof value] ?? null;
}

/** JSON in a box that can be scrolled by keyboard too. */
export function jsonBox(label: string, text: string): Html {
  return html`<pre tabindex="0" role="region" aria-label="${label}"><code>${text}</code></pre>`;
}
