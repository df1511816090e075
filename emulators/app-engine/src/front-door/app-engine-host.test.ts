import assert from 'node:assert/strict';
import { appspotHosts, type HostTarget, parseAppEngineHost } from './app-engine-host.ts';

const application = { project: 'demo', regionId: 'uc' };
const isDefault: HostTarget = { kind: 'default' };
const named = (name: string): HostTarget => ({ kind: 'service-or-version', name });
const version = (service: string, name: string): HostTarget => ({ kind: 'version', service, version: name });

describe('parseAppEngineHost()', () => {
  const cases: [string | undefined, HostTarget][] = [
    [undefined, isDefault],
    ['', isDefault],
    ['localhost', isDefault],
    ['LOCALHOST:8080', isDefault],
    ['localhost.:8080', isDefault],
    ['127.0.0.1:8080', isDefault],
    ['[::1]:8080', isDefault],
    ['demo.uc.r.appspot.com', isDefault],
    ['demo.appspot.com', isDefault],
    ['shop.example.com', isDefault],
    ['demo.localhost:8080', isDefault],
    ['worker-dot-demo.localhost:8080', named('worker')],
    ['v2.worker.demo.localhost', version('worker', 'v2')],
    ['worker.localhost:8080', named('worker')],
    ['Worker.Localhost', named('worker')],
    ['v2-dot-worker.localhost:8080', version('worker', 'v2')],
    ['v2.worker.localhost', version('worker', 'v2')],
    ['worker.demo.uc.r.appspot.com', named('worker')],
    ['worker-dot-demo.uc.r.appspot.com', named('worker')],
    ['worker.demo.appspot.com:443', named('worker')],
    ['worker-dot-demo.appspot.com', named('worker')],
    ['v2.worker.demo.uc.r.appspot.com', version('worker', 'v2')],
    ['v2-dot-worker-dot-demo.uc.r.appspot.com', version('worker', 'v2')],
    ['v2-dot-worker.demo.appspot.com', version('worker', 'v2')],
    ['1.v2.worker.demo.appspot.com', { kind: 'version', service: 'worker', version: 'v2', instance: '1' }],
  ];
  for (const [host, expected] of cases) {
    it(`takes ${host} for ${JSON.stringify(expected)}`, () => {
      assert.deepEqual(parseAppEngineHost(host, application), expected);
    });
  }

  for (const host of ['other.uc.r.appspot.com', 'demo.ew.r.appspot.com', 'a.b.c.d.localhost']) {
    it(`knows no target for ${host}`, () => {
      assert.equal(parseAppEngineHost(host, application).kind, 'unknown');
    });
  }
});

describe('appspotHosts()', () => {
  it('gives each name of a service, all of which lead back to it', () => {
    for (const host of appspotHosts('worker', application)) {
      assert.deepEqual(parseAppEngineHost(host, application), named('worker'));
    }
    assert.equal(appspotHosts('worker', application).length, 4);
    assert.ok(appspotHosts('default', application).includes('demo.uc.r.appspot.com'));
  });
});
