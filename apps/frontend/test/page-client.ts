import assert from 'node:assert/strict';
import { type HTMLElement, parse } from 'node-html-parser';

/** A page as a browser gets it. */
export interface Page {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly root: HTMLElement;
}

/** `noscript` is no text here, but what a browser without script reads. */
const PARSING = { blockTextElements: { script: true, style: true } };

/** Asks for pages as a browser without script does, but for following redirects. */
export class PageClient {
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  get(path: string): Promise<Page> {
    return this.#call(path, {});
  }

  /** Sends a form. */
  post(path: string, fields: Readonly<Record<string, string>>): Promise<Page> {
    return this.#call(path, { method: 'POST', body: new URLSearchParams(fields) });
  }

  async #call(path: string, init: RequestInit): Promise<Page> {
    const response = await fetch(`${this.#url}${path}`, {
      redirect: 'manual',
      headers: { Accept: 'text/html,application/xhtml+xml,*/*;q=0.8' },
      ...init,
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, root: parse(text, PARSING) };
  }
}

/** The one element that a selector finds. */
export function one(root: HTMLElement, selector: string): HTMLElement {
  const found = root.querySelectorAll(selector);
  assert.equal(found.length, 1, `${found.length} elements are ${selector}`);
  return found[0] as HTMLElement;
}

/** What a form's fields hold, as a browser would send them. */
export function fieldsOf(form: HTMLElement): Record<string, string> {
  const inputs = form
    .querySelectorAll('input')
    .filter((input) => !input.hasAttribute('disabled'))
    .map((input) => [input.getAttribute('name') ?? '', input.getAttribute('value') ?? '']);
  const selects = form.querySelectorAll('select').map((select) => {
    const option = select.querySelector('option[selected]') ?? select.querySelector('option');
    return [select.getAttribute('name') ?? '', option?.getAttribute('value') ?? ''];
  });
  return Object.fromEntries([...inputs, ...selects]);
}
