import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import { maskPersonalData } from './mask-personal-data.ts';

describe('maskPersonalData()', () => {
  for (const [text, masked] of [
    ['550 no such user: <Ada.L+tag@Mail.Example>', '550 no such user: <<address>>'],
    ['addresses Ünï@exämple.com, b@c.de', 'addresses <address>, <address>'],
    ['GET /mails?to=ada%40example.com failed', 'GET /<address> failed'],
    ['"ada lovelace"@example.com refused', '<address> refused'],
    ["No such PaymentMethod: 'pm_1Nxyz_a9'", "No such PaymentMethod: '<payment method>'"],
    ['token tok_visa of cus_123abc', 'token <payment method> of <payment method>'],
    ['Invalid API Key provided: sk_test_4eC39HqLyj', 'Invalid API Key provided: <payment method>'],
    ['secret pi_3abc_secret_9xyz', 'secret <payment method>'],
    [
      'GET https://shop.example/orders/05dc?token=2026-12.aB_-9&x=1',
      'GET https://shop.example/orders/05dc?token=<token>&x=1',
    ],
    ['/orders/05dc%3Ftoken%3D2026-12.aB_-9', '/orders/05dc%3Ftoken%3D<token>'],
    ['card 4242 4242 4242 4242, 4000-0000-0000-0002', 'card <card number>, <card number>'],
  ] as const) {
    it(`masks "${text}"`, () => assert.equal(maskPersonalData(text), masked));
  }

  for (const text of [
    'at call (file:///app/node_modules/@grpc/grpc-js/build/src/client.js:65:20)',
    'package@1.2.3 is missing',
    'Payment intent pi_3Nxyz is not decided yet',
    'Stripe refuses the request (resource_missing, payment_method)',
    'task 05dc1f2a9b3c4d5e6f708192a3b4c5d6 at 1767261600000 ms',
    'orders/05dc1f2a9b3c4d5e6f708192a3b4c5d6',
  ]) {
    it(`keeps "${text}"`, () => assert.equal(maskPersonalData(text), text));
  }

  for (const part of ['a', 'a.', 'pm_', '4', '1-', '%40', 'a%40a.', '4 ', '"a']) {
    it(`takes no longer than a text of many "${part}" is long`, async function () {
      // It takes milliseconds. With a time that grows with the square of the length it takes seven seconds.
      this.timeout(5_000);
      const text = part.repeat(50_000 / part.length);
      assert.equal(maskPersonalData(`${text} b@c.de`).endsWith(' <address>'), true);
      // Lets Mocha see that its timeout is over.
      await setImmediate();
    });
  }
});
