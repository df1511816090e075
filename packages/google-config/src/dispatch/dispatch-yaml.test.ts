import assert from 'node:assert/strict';
import { parseDispatchYaml } from './dispatch-yaml.ts';

const rule = (url: string, service = 'worker') => `dispatch:\n- url: "${url}"\n  service: ${service}\n`;

describe('parseDispatchYaml()', () => {
  it('reads host, path and service of each rule', () => {
    assert.deepEqual(parseDispatchYaml('dispatch.yaml', rule('*.example.com/mobile/*')), [
      { host: '*.example.com', path: '/mobile/*', service: 'worker' },
    ]);
    assert.deepEqual(parseDispatchYaml('dispatch.yaml', 'dispatch:\n- url: a.com/\n  module: old'), [
      { host: 'a.com', path: '/', service: 'old' },
    ]);
  });

  it('takes a file without rules, as gcloud does', () => {
    for (const text of ['', 'dispatch:\n', 'dispatch: []\n'])
      assert.deepEqual(parseDispatchYaml('dispatch.yaml', text), []);
  });

  it("adds a caller's own problems to the reader's", () => {
    assert.throws(
      () =>
        parseDispatchYaml('dispatch.yaml', rule('*/a'), ({ host }, yaml, path) =>
          yaml.problem([...path, 'url'], `no ${host} here`),
        ),
      { message: 'dispatch.yaml:2: no * here' },
    );
  });

  // The verdict of gcloud's own parser on each.
  const hosts: Record<string, boolean> = {
    '*': true,
    'a.com': true,
    '*.a.com': true,
    '*a.b': true,
    '*-a.b.c': true,
    '300.1.1.1': true,
    'a_b.com': false,
    '-a.com': false,
    'a-.com': false,
    'a..com': false,
  };
  for (const [host, isGood] of Object.entries(hosts)) {
    it(`${isGood ? 'takes' : 'refuses'} the host ${host}`, () => {
      const parse = () => parseDispatchYaml('dispatch.yaml', rule(`${host}/x`));
      if (isGood) assert.equal(parse()[0]?.host, host);
      else assert.throws(parse, /must be a lower-case host name/);
    });
  }

  const refused: [string, string, string][] = [
    ['an unknown key', 'rules: []', 'dispatch.yaml:1: unknown key "rules"'],
    ['an unknown key of a rule', `${rule('*/a')}  colour: x`, 'dispatch.yaml:4: unknown key "colour"'],
    ['a url without a path', rule('example.com'), 'dispatch.yaml:2: a rule\'s "url" must be'],
    ['a host in capitals', rule('Example.com/*'), 'dispatch.yaml:2: "Example.com" must be'],
    ['a star inside a host', rule('a*b.com/*'), 'dispatch.yaml:2: "a*b.com" must be'],
    ['an address instead of a host', rule('10.0.0.1/*'), 'dispatch.yaml:2: "10.0.0.1" must be'],
    [
      'a rule without a service',
      'dispatch:\n- url: "*/a"',
      'dispatch.yaml:2: a dispatch rule needs a "service"',
    ],
    ['a rule without a url', 'dispatch:\n- service: a', 'dispatch.yaml:2: a dispatch rule needs a "url"'],
    ['service and module', `${rule('*/a')}  module: b`, 'dispatch.yaml:2: "module" is the old name'],
    ['a bad service name', rule('*/a', 'Worker'), 'dispatch.yaml:2: a rule\'s "service" must be'],
    [
      'more than twenty rules',
      `dispatch:\n${'- {url: "*/a", service: b}\n'.repeat(21)}`,
      'dispatch.yaml:1: at most 20 rules',
    ],
  ];
  for (const [what, text, message] of refused) {
    it(`refuses ${what}`, () => {
      assert.throws(
        () => parseDispatchYaml('dispatch.yaml', text),
        (error: Error) => {
          assert.ok(error.message.includes(message), error.message);
          return true;
        },
      );
    });
  }
});
