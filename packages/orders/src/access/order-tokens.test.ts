import assert from 'node:assert/strict';
import { parseOrderLinkKeys } from './order-link-key.ts';
import { LOCAL_ORDER_LINK_KEYS, orderLinkSettings } from './order-link-settings.ts';
import { OrderTokens } from './order-tokens.ts';

const orderId = 'c24375e55c9a2f13b4e7f94ec4964aac';
const [old, next] = ['o'.repeat(32), 'n'.repeat(32)];
const nowMs = Date.parse('2026-12-01T12:00:00Z');

function tokens(keys: string, atMs = nowMs): OrderTokens {
  return new OrderTokens({ keys: parseOrderLinkKeys(keys) ?? [], nowMs: () => atMs });
}

describe('OrderTokens', () => {
  it('gives an order the same token each time, and another order another one', () => {
    const token = tokens(`a:${old}`).tokenOf(orderId);
    assert.match(token, /^a\.[A-Za-z0-9_-]{43}$/);
    assert.equal(tokens(`a:${old}`).tokenOf(orderId), token);
    assert.equal(tokens(`a:${old}`).isTokenOf(orderId, token), true);
    assert.equal(tokens(`a:${old}`).isTokenOf('0'.repeat(32), token), false);
    assert.notEqual(tokens(`a:${next}`).tokenOf(orderId), token);
  });

  it('refuses what is not exactly the token', () => {
    const own = tokens(`a:${old}`);
    const token = own.tokenOf(orderId);
    const last = token.at(-1) ?? '';
    // The last character of 32 bytes has two bits that no byte uses.
    const sameBytes = `${token.slice(0, -1)}${String.fromCharCode(last.charCodeAt(0) + 1)}`;
    const wrong = [
      undefined,
      '',
      '.',
      'a',
      'a.',
      token.slice(2),
      `b.${token.slice(2)}`,
      `${token}=`,
      sameBytes,
    ];
    for (const given of [...wrong, token.toUpperCase(), ` ${token}`, `__proto__.${token.slice(2)}`]) {
      assert.equal(own.isTokenOf(orderId, given), false, given);
    }
  });

  it('keeps links of an older key up to the end of its day', () => {
    const token = tokens(`a:${old}`).tokenOf(orderId);
    const rotated = `b:${next},a:${old}:2026-12-01`;
    assert.equal(tokens(rotated).isTokenOf(orderId, token), true);
    assert.equal(tokens(rotated, Date.parse('2026-12-01T23:59:59Z')).isTokenOf(orderId, token), true);
    assert.equal(tokens(rotated, Date.parse('2026-12-02T00:00:00Z')).isTokenOf(orderId, token), false);
    assert.match(tokens(rotated).tokenOf(orderId), /^b\./);
    assert.equal(tokens(`b:${next}`).isTokenOf(orderId, token), false);
  });
});

describe('orderLinkSettings()', () => {
  const read = (text: string, env = {}) => orderLinkSettings(env).ORDER_LINK_KEYS.read(text);
  const laptop = { FIRESTORE_EMULATOR_HOST: '127.0.0.1:8900' };

  it('has a key of its own beside an emulator of Firestore alone', () => {
    assert.equal(orderLinkSettings(laptop).ORDER_LINK_KEYS.absent?.value[0]?.id, 'local');
    for (const env of [{}, { FIRESTORE_EMULATOR_HOST: '' }]) {
      assert.equal(orderLinkSettings(env).ORDER_LINK_KEYS.absent, undefined);
      assert.equal(read(LOCAL_ORDER_LINK_KEYS, env), undefined);
      assert.equal(read(LOCAL_ORDER_LINK_KEYS.replace('local', 'prod'), env), undefined);
      assert.equal(read(`a:${next},${LOCAL_ORDER_LINK_KEYS}`, env), undefined);
      assert.equal(read(`local:${next}`, env), undefined);
    }
    assert.ok(read(LOCAL_ORDER_LINK_KEYS, laptop));
  });

  it('reads several keys, and refuses a list that is not one', () => {
    const keys = read(`b:${next},\n a:${old}:2027-01-31`)?.value ?? [];
    assert.deepEqual(keys, [
      { id: 'b', secret: next },
      { id: 'a', secret: old, endsAt: new Date('2027-02-01T00:00:00Z') },
    ]);
    const short = 's'.repeat(31);
    for (const text of [
      '',
      ',',
      old,
      `a:${short}`,
      `A:${old}`,
      `a:${old}:2027-01-31`,
      `a:${old},a:${next}`,
    ]) {
      assert.equal(read(text), undefined, text);
    }
    assert.equal(read(`b:${next},a:${old}:2027-02-30`), undefined);
  });
});
