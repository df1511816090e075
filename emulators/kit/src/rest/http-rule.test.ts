import assert from 'node:assert/strict';
import { matchRestRoute, toRestRoute } from './http-rule.ts';

describe('matchRestRoute()', () => {
  const verb = toRestRoute('s', 'Run', { post: '/v1/{parent=a/*/documents/*/**}:run', body: '*' });
  const read = toRestRoute('s', 'Get', { get: '/v1/{doc.name=a/*/b/*/**}' }, { idsHoldColons: true });

  it('gives the fields of the path and the place of the body', () => {
    assert.deepEqual(matchRestRoute([verb, read], 'POST', '/v1/a/1/documents/2/3/4:run'), {
      service: 's',
      method: 'Run',
      fields: { parent: 'a/1/documents/2/3/4' },
      body: 'request',
    });
  });

  it('takes colons as parts of ids where a route says so', () => {
    assert.equal(matchRestRoute([verb], 'POST', '/v1/a/1/documents/2:3:run'), undefined);
    assert.deepEqual(matchRestRoute([read], 'GET', '/v1/a/1/b/2:3/4')?.fields, { 'doc.name': 'a/1/b/2:3/4' });
  });

  it('finds nothing for another method or path', () => {
    assert.equal(matchRestRoute([verb], 'GET', '/v1/a/1/documents/2:run'), undefined);
    assert.equal(matchRestRoute([verb], 'POST', '/v1/a/1/documents:run'), undefined);
    assert.equal(matchRestRoute([verb], 'POST', '/v1/a/1/documents/2:run/3'), undefined);
  });
});
