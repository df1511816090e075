import assert from 'node:assert/strict';
import { html, nothing, textOf } from './html.ts';

describe('html', () => {
  it('escapes values, and leaves templates and lists of them as they are', () => {
    const items = ['<b>', '"&'].map((value) => html`<li title="${value}">${value}</li>`);
    assert.equal(
      textOf(html`<ul>${items}</ul>${nothing}`),
      '<ul><li title="&lt;b&gt;">&lt;b&gt;</li><li title="&quot;&amp;">&quot;&amp;</li></ul>',
    );
  });
});

describe('textOf()', () => {
  it('refuses a template that holds a promise', () => {
    assert.throws(() => textOf(html`${Promise.resolve('late')}`), /holds a promise/);
  });
});
