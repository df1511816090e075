import assert from 'node:assert/strict';
import type { LocalStack } from '@waybill/local-stack';
import { callHttp } from '../support/call-http.ts';
import { newDataDir, removeDataDir, startFlowStack } from '../support/flow-stack.ts';
import { Shop, whenIdle } from '../support/shop.ts';

const email = 'victim@example.com';
const DEFAULT_MAXIMUM = 5;
/** The queue `emails` has as many mails under way. */
const MAILS_AT_ONCE = 3;

describe('declined orders to one address', function () {
  this.timeout(60_000);
  let dataDir: string;
  let stack: LocalStack;
  before(async () => {
    dataDir = newDataDir();
    const ofDefault = {
      MAX_DECLINES_PER_ADDRESS: String(DEFAULT_MAXIMUM),
      MAX_CANCELLATION_MAILS_PER_ADDRESS: String(DEFAULT_MAXIMUM),
    };
    stack = await startFlowStack(dataDir, { serviceEnvironment: ofDefault });
  });
  after(async () => {
    await stack?.close();
    removeDataDir(dataDir);
  });

  const place = (address: string, paymentMethod: string) =>
    callHttp({
      port: stack.ports.frontDoor,
      method: 'POST',
      path: '/api/orders',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        email: address,
        items: [{ productId: 'espresso-beans', quantity: 1 }],
        paymentMethod,
      }),
    });

  it('send few mails and are refused then, while another address may order', async () => {
    // Those that come before the first decline is counted are taken.
    for (let index = 0; index < 30; index += 1) await place(email, 'pm_card_chargeDeclined');
    await whenIdle(stack);
    const statuses: number[] = [];
    for (let index = 0; index < 30; index += 1) {
      statuses.push((await place(email, 'pm_card_chargeDeclined')).status);
    }
    const refused = await place(email, 'pm_card_visa');
    assert.equal(refused.status, 429, refused.text);
    assert.ok(Number(refused.headers['retry-after']) > 3_000);
    assert.deepEqual([...new Set(statuses)], [429]);
    const shop = new Shop(stack);
    const mails = (await shop.mailsTo(email)).length;
    assert.ok(mails > 0 && mails < DEFAULT_MAXIMUM + MAILS_AT_ONCE, `${mails} mails`);
    assert.equal((await place('other@example.com', 'pm_card_visa')).status, 202);
  });
});
