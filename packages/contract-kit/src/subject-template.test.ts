import assert from 'node:assert/strict';
import { isSubject, subjectFrom, subjectProblems } from './subject-template.ts';

const schema = {
  type: 'object',
  required: ['orderId', 'line', 'tags'],
  properties: {
    orderId: { type: 'string' },
    line: { type: 'integer' },
    tags: { type: 'array' },
    note: { type: 'string' },
  },
};

describe('subjectProblems()', () => {
  it('accepts a collection and required members', () => {
    for (const template of ['orders/{orderId}', 'order-lines/{orderId}-{line}', 'o_1/x{line}']) {
      assert.deepEqual(subjectProblems(template, schema), []);
    }
  });

  for (const [template, problem] of [
    ['orders', /must be "<collection>/],
    ['orders/{orderId}/lines', /must be "<collection>/],
    ['orders/{}', /must be "<collection>/],
    ['{orderId}/x', /must be "<collection>/],
    ['orders/all', /must name a member/],
    ['orders/{note}', /"note" is no required member/],
    ['orders/{missing}', /"missing" is no required member/],
    ['orders/{toString}', /"toString" is no required member/],
    ['orders/{tags}', /"tags" must be of type string or integer/],
  ] as const) {
    it(`refuses ${template}`, () => {
      const problems = subjectProblems(template, schema);
      assert.equal(problems.length, 1);
      assert.match(problems[0] ?? '', problem);
    });
  }

  it('refuses a template that is no text', () => {
    assert.match(subjectProblems(null as never, schema)[0] ?? '', /got null/);
  });
});

describe('subjectFrom()', () => {
  it('takes texts and whole numbers from the payload', () => {
    assert.equal(subjectFrom('order-lines/{orderId}-{line}', { orderId: 'a', line: 7 }), 'order-lines/a-7');
  });

  for (const [kind, payload] of [
    ['a missing member', {}],
    ['an empty member', { orderId: '' }],
    ['a member with a slash', { orderId: 'a/b' }],
    ['a member that is too long', { orderId: 'x'.repeat(500) }],
    ['a member of another type', { orderId: { id: 'a' } }],
    ['an inherited member', Object.create({ orderId: 'a' })],
    ['a payload that is no object', 'orderId'],
    ['no payload', null],
  ] as const) {
    it(`gives none for ${kind}`, () => assert.equal(subjectFrom('orders/{orderId}', payload), undefined));
  }
});

describe('isSubject()', () => {
  it('accepts a collection and an id, up to 500 characters', () => {
    assert.equal(isSubject('orders/a'), true);
    assert.equal(isSubject(`orders/${'x'.repeat(493)}`), true);
    assert.equal(isSubject(`orders/${'x'.repeat(494)}`), false);
    for (const text of ['', 'orders', 'orders/', '/a', 'orders/a/b']) assert.equal(isSubject(text), false);
  });
});
