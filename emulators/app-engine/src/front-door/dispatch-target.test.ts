import assert from 'node:assert/strict';
import { dispatchTarget } from './dispatch-target.ts';

describe('dispatchTarget()', () => {
  const rules = [
    { host: 'exact.com', path: '/only', service: 'exact' },
    { host: '*', path: '/api/*', service: 'api' },
    { host: '*.example.com', path: '/api/*', service: 'late' },
    { host: '*.example.com', path: '/*', service: 'example' },
    { host: '*', path: '/_ah/*', service: 'never' },
  ];
  const cases: [string, string, string | undefined][] = [
    ['exact.com', '/only', 'exact'],
    ['exact.com', '/only/', undefined],
    ['www.exact.com', '/only', undefined],
    ['a.example.com', '/api/x', 'api'],
    ['a.example.com', '/other', 'example'],
    ['example.com', '/other', undefined],
    ['localhost', '/api/', 'api'],
    ['localhost', '/api', undefined],
    ['localhost', '/_ah/warmup', undefined],
  ];
  for (const [host, path, expected] of cases) {
    it(`sends ${host}${path} to ${expected ?? 'no other service'}`, () => {
      assert.equal(dispatchTarget(rules, [host], path), expected);
    });
  }

  it('takes any of the names of a host', () => {
    assert.equal(dispatchTarget(rules, ['localhost', 'exact.com'], '/only'), 'exact');
  });
});
