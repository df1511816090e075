import assert from 'node:assert/strict';
import type { LocalStack } from '@waybill/local-stack';
import { newDataDir, removeDataDir, startFlowStack } from '../support/flow-stack.ts';
import { Shop, whenIdle } from '../support/shop.ts';

const HOUR_MS = 3_600_000;

describe('an order, from its placing to the mail a day later', function () {
  this.timeout(90_000);
  let dataDir: string;
  let stack: LocalStack;
  let shop: Shop;

  before(async () => {
    dataDir = newDataDir();
    stack = await startFlowStack(dataDir);
    shop = new Shop(stack);
  });

  after(async () => {
    await stack.close();
    removeDataDir(dataDir);
  });

  it('is charged, reserved and confirmed; a day later it is followed up, once', async () => {
    const email = 'ada@example.com';
    const before = await shop.stock('hand-grinder');
    const orderId = await shop.order({ email, productId: 'hand-grinder', quantity: 2 });
    await shop.waitForConfirmation(orderId);
    await whenIdle(stack);

    const order = await shop.show(orderId);
    assert.equal(order.status, 'confirmed');
    // Prices are the catalogue's.
    assert.equal(order.amount, 17_800);
    assert.deepEqual(await shop.taskStates(orderId), {
      'charge-payment': 'succeeded',
      'generate-receipt': 'succeeded',
      'notify-warehouse': 'succeeded',
      'reserve-inventory': 'succeeded',
      'send-confirmation-email': 'succeeded',
      'send-followup-email': 'pending',
    });
    assert.deepEqual(
      (await stack.charges()).map(({ amount, currency, paid }) => ({ amount, currency, paid })),
      [{ amount: 17_800, currency: 'eur', paid: true }],
    );
    assert.equal(await shop.stock('hand-grinder'), before - 2);
    assert.deepEqual(
      (await stack.shipments()).map(({ orderId: sent, items }) => [
        sent,
        items.map(({ quantity }) => quantity),
      ]),
      [[orderId, [2]]],
    );
    const [mail, ...otherMails] = await shop.mailsTo(email);
    assert.deepEqual(otherMails, []);
    assert.match(mail?.html ?? '', /Hand grinder/);
    assert.match(mail?.text ?? '', /2 × Hand grinder/);
    const { links } = order;
    const link = `http://localhost:${stack.ports.frontDoor}${links.page}`;
    assert.ok(mail?.text?.includes(`\nYour order: ${link}\n`), 'the mail has the order’s link');
    const receipt = await shop.call({ path: links.receipt ?? '' });
    assert.equal(receipt.headers['content-type'], 'application/pdf');
    assert.match(receipt.text, /^%PDF-/);
    // The mail's is the very same.
    assert.deepEqual(
      mail?.attachments.map(({ mimeType, sizeBytes }) => [mimeType, sizeBytes]),
      [['application/pdf', Number(receipt.headers['content-length'])]],
    );

    await stack.advance(23 * HOUR_MS);
    await whenIdle(stack);
    assert.equal((await shop.mailsTo(email)).length, 1);

    await stack.advance(HOUR_MS);
    await shop.waitForTask(orderId, 'send-followup-email');
    await whenIdle(stack);
    const mails = await shop.mailsTo(email);
    assert.equal(mails.length, 2);
    assert.equal(new Set(mails.map(({ subject }) => subject)).size, 2);
    assert.ok(
      mails.every(({ text }) => text?.includes(link)),
      'both mails have the order’s link',
    );
    const [confirmedAtMs = 0, followedUpAtMs = 0] = mails.map(({ receivedAt }) => Date.parse(receivedAt));
    assert.ok(followedUpAtMs - confirmedAtMs >= 24 * HOUR_MS, "mails are dated by the stack's clock");
    assert.equal((await shop.taskStates(orderId))['send-followup-email'], 'succeeded');
  });

  it('waits until it is due, also beyond the 30 days that Cloud Tasks schedules ahead', async () => {
    const email = 'later@example.com';
    const dayMs = 24 * HOUR_MS;
    const dueAtMs = Date.now() + stack.clockOffsetMs + 40 * dayMs;
    const answer = await shop.post({
      email,
      items: [{ productId: 'filter-beans', quantity: 1 }],
      processAt: new Date(dueAtMs).toISOString(),
    });
    assert.equal(answer.status, 202, answer.text);
    const { orderId } = JSON.parse(answer.text) as { orderId: string };
    assert.equal((await shop.show(orderId)).status, 'scheduled');

    await stack.advance(39 * dayMs);
    await shop.waitForTask(orderId, 'charge-payment', 'task.sent');
    await whenIdle(stack);
    assert.deepEqual(await shop.taskStates(orderId), {
      'charge-payment': 'pending',
      'reserve-inventory': 'pending',
    });

    await stack.advance(dayMs);
    await shop.waitForConfirmation(orderId);
    assert.equal((await shop.mailsTo(email)).length, 1);
  });

  it('survives a restart of everything, with its scheduled task, stock and the time of day', async () => {
    const email = 'grace@example.com';
    const orderId = await shop.order({ email, productId: 'stoneware-cup', quantity: 5 });
    await shop.waitForConfirmation(orderId);
    const atRestart = {
      order: await shop.show(orderId),
      stock: await shop.stock('stoneware-cup'),
      charges: await stack.charges(),
      offsetMs: stack.clockOffsetMs,
    };
    await stack.close();

    stack = await startFlowStack(dataDir);
    shop = new Shop(stack);
    assert.deepEqual(
      {
        order: await shop.show(orderId),
        stock: await shop.stock('stoneware-cup'),
        charges: await stack.charges(),
        offsetMs: stack.clockOffsetMs,
      },
      atRestart,
    );
    assert.equal(stack.clockOffsetMs, 41 * 24 * HOUR_MS);

    await stack.advance(24 * HOUR_MS);
    await shop.waitForTask(orderId, 'send-followup-email');
    await whenIdle(stack);
    assert.equal((await shop.mailsTo(email)).length, 2);
  });
});
