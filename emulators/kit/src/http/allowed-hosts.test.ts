import assert from 'node:assert/strict';
import { AllowedHosts } from './allowed-hosts.ts';

const REFUSED = [
  'evil.example',
  'evil.example:8080',
  '127.evil.example',
  '127.0.0.1.evil.example',
  '127.0.0.1.nip.io',
  'localhost.evil.example',
  'localhost:80.evil.example',
  'evillocalhost',
  'evil.example#.localhost',
  'evil.example/.localhost',
  'evil.example\\.localhost',
  'localhost@evil.example',
  'evil.example:80@localhost',
  '127.1',
  '2130706433',
  '0x7f.0.0.1',
  '0177.0.0.1',
  '0.0.0.0',
  '10.0.0.1',
  '192.168.0.1',
  '[::]',
  '[::2]',
  '[::ffff:10.0.0.1]',
  '[::1].evil.example',
  '::1',
  'localhost evil.example',
  'localhost,evil.example',
  'localhost:x',
  ' localhost',
  '.localhost',
  '',
  ':8080',
];

const ALLOWED = [
  'localhost',
  'LOCALHOST:8080',
  'localhost.',
  'worker.localhost:8080',
  'v2-dot-worker.localhost',
  '127.0.0.1',
  '127.0.0.1:8123',
  '127.9.9.9',
  '[::1]',
  '[::1]:8123',
  '[::ffff:127.0.0.1]:80',
];

describe('AllowedHosts', () => {
  for (const host of REFUSED) {
    it(`refuses ${JSON.stringify(host)}`, () => assert.equal(new AllowedHosts().allows(host), false));
  }

  for (const host of ALLOWED) {
    it(`allows ${JSON.stringify(host)}`, () => assert.equal(new AllowedHosts().allows(host), true));
  }

  it('allows further hosts, as a container needs, and nothing below them', () => {
    const hosts = new AllowedHosts({ further: ['Cloud-Tasks', '10.0.0.7'] });
    for (const host of ['cloud-tasks:8123', 'CLOUD-TASKS', '10.0.0.7:8123'])
      assert.ok(hosts.allows(host), host);
    for (const host of ['evil.cloud-tasks', 'cloud-tasks.evil.example', '10.0.0.8']) {
      assert.ok(!hosts.allows(host), host);
    }
  });

  it('allows the address that a server listens on, unless it stands for all addresses', () => {
    assert.ok(new AllowedHosts({ listenHost: '192.168.0.1' }).allows('192.168.0.1:8123'));
    assert.ok(!new AllowedHosts({ listenHost: '0.0.0.0' }).allows('0.0.0.0:8123'));
  });

  it('allows domains with what is below them', () => {
    const hosts = new AllowedHosts({ domains: ['appspot.com'] });
    for (const host of ['worker.demo.uc.r.appspot.com', 'worker-dot-demo.appspot.com']) {
      assert.ok(hosts.allows(host), host);
    }
    for (const host of ['evilappspot.com', 'appspot.com.evil.example']) assert.ok(!hosts.allows(host), host);
  });

  it('tells a refused client the host and the remedy', () => {
    assert.match(new AllowedHosts().refusalOf('evil.example'), /"evil\.example".*--allow-host NAME/);
  });
});
