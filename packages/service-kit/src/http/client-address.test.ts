import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { type ClientAddressSource, clientAddress, clientAddressSource } from './client-address.ts';

const appEngine: ClientAddressSource = { kind: 'app-engine' };
const spoofed = { 'x-appengine-user-ip': '9.9.9.9', 'x-forwarded-for': '9.9.9.9', 'x-real-ip': '9.9.9.9' };

function of(source: ClientAddressSource, headers: Record<string, string>, remoteAddress = '192.0.2.1') {
  return clientAddress({ headers, socket: { remoteAddress } as Socket }, source);
}

describe('clientAddress()', () => {
  it('takes what the platform sets, and no header that a client can set', () => {
    assert.equal(of(appEngine, { ...spoofed, 'x-appengine-user-ip': '203.0.113.7' }), '203.0.113.7');
    assert.equal(of({ kind: 'socket' }, spoofed), '192.0.2.1');
    const chain = { ...spoofed, 'x-forwarded-for': '9.9.9.9, 8.8.8.8,203.0.113.7' };
    assert.equal(of({ kind: 'forwarded', trustedHops: 0 }, chain), '203.0.113.7');
    const balanced = { 'x-forwarded-for': '9.9.9.9, 203.0.113.7, 198.51.100.1' };
    assert.equal(of({ kind: 'forwarded', trustedHops: 1 }, balanced), '203.0.113.7');
  });

  it('gives none where the platform says none, or nonsense', () => {
    assert.equal(of(appEngine, { 'x-forwarded-for': '9.9.9.9' }), undefined);
    assert.equal(of(appEngine, { 'x-appengine-user-ip': 'unknown' }), undefined);
    assert.equal(of({ kind: 'forwarded', trustedHops: 1 }, { 'x-forwarded-for': '9.9.9.9' }), undefined);
  });

  for (const [address, expected] of [
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:DB8:1:2::ffff', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['2001:0db8:0000:0000:1::', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['::ffff:203.0.113.7', '203.0.113.7'],
  ] as const) {
    it(`counts ${address} as ${expected}`, () => {
      assert.equal(of(appEngine, { 'x-appengine-user-ip': address }), expected);
    });
  }
});

describe('clientAddressSource()', () => {
  it('follows the platform', () => {
    const TRUSTED_PROXY_HOPS = 1;
    assert.deepEqual(clientAddressSource({ GAE_ENV: 'standard', TRUSTED_PROXY_HOPS }), appEngine);
    assert.deepEqual(clientAddressSource({ K_SERVICE: 'frontend', TRUSTED_PROXY_HOPS }), {
      kind: 'forwarded',
      trustedHops: 1,
    });
    assert.deepEqual(clientAddressSource({ TRUSTED_PROXY_HOPS }), { kind: 'socket' });
  });
});
