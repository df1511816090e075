import assert from 'node:assert/strict';
import { orderConverter, orderReference, orderSubject, placeOrder, SAMPLE_PRODUCTS } from '@waybill/orders';
import { type ConsoleTestBed, startConsoleTestBed } from '../../test/console-test-bed.ts';

describe('erasing', function () {
  this.timeout(30_000);
  let bed: ConsoleTestBed;
  const orderId = 'a5'.repeat(16);
  const subject = orderSubject(orderId);
  const why = 'The customer asked';

  beforeEach(async () => {
    bed = await startConsoleTestBed();
    const order = placeOrder({
      orderId,
      email: 'bob@example.com',
      lines: SAMPLE_PRODUCTS.slice(0, 1).map((product) => ({ product, quantity: 1 })),
      paymentMethod: 'pm_card_visa',
      now: new Date(),
    });
    await orderReference(bed.tasks.firestore, orderId).create(
      orderConverter.toFirestore({ ...order, status: 'confirmed' }),
    );
  });
  afterEach(async () => {
    const logged = JSON.stringify(bed.logs);
    await bed.close();
    assert.doesNotMatch(logged, /@example\.com|Dear /);
  });

  const about = async (state: 'whole' | 'torn', delaySeconds?: number): Promise<string> => {
    const taskId = await bed.letter('Dear Bob', state, delaySeconds);
    await bed.tasks.firestore.doc(`tasks/${taskId}`).update({ subject });
    return taskId;
  };
  const form = { subject, name: subject, why };

  it('an order empties it and its tasks, whose pages say so', async () => {
    const [done, dead] = [await about('whole'), await about('torn')];
    const list = await bed.get(`/tasks?subject=${subject}`);
    assert.match(list.text, new RegExp(`href="/erase\\?subject=${encodeURIComponent(subject)}">Erase…`));
    const { status, headers } = await bed.post('/erase', form);
    assert.equal(status, 303);
    assert.match((await bed.get(headers.get('Location') ?? '')).text, /Erased: what was personal is gone/);
    const order = await orderReference(bed.tasks.firestore, orderId).get();
    assert.deepEqual([order.get('email'), order.get('paymentMethod')], ['', '']);
    for (const [taskId, state] of [
      [done, 'succeeded'],
      [dead, 'discarded'],
    ]) {
      const page = await bed.post(`/tasks/${taskId}/reveal`);
      assert.equal(page.status, 200);
      assert.match(page.text, new RegExp(`</span> ${state}</span>.*Erased\\.`, 's'));
      assert.doesNotMatch(page.text, /Dear Bob|breaks the schema/);
    }
    const trail = await bed.tasks.firestore.collection('operatorActions').get();
    assert.doesNotMatch(JSON.stringify(trail.docs.map((entry) => entry.data())), /bob@|pm_card|Dear/);
  });

  it('waits until nothing is under way, and says what is', async () => {
    const waiting = await about('whole', 3_600);
    const refused = await bed.post('/erase', form);
    assert.equal(refused.status, 409);
    assert.match(refused.text, /its task fold-letter is pending\. Wait until that is over, or cancel it/);
    assert.match((await bed.get('/actions')).text, /refused: ORDER_UNDER_WAY/);
    await bed.post(`/tasks/${waiting}/cancel`, { why });
    assert.equal((await bed.api('/api/erase', { subject, why })).status, 200);
    assert.equal((await bed.tasks.record(waiting)).payload, 'null');
  });

  it('needs its name once more, and something of that name', async () => {
    const refused = await bed.post('/erase', { ...form, name: 'orders/1' });
    assert.equal(refused.status, 400);
    assert.match(refused.text, /To erase orders\/a5\w+, repeat it/);
    assert.equal((await bed.post('/erase', { subject: 'parcels/1', name: 'parcels/1', why })).status, 404);
    assert.equal((await bed.get('/erase')).status, 400);
    assert.equal((await orderReference(bed.tasks.firestore, orderId).get()).get('email'), 'bob@example.com');
  });

  it('is reached though the records of the order’s tasks have ended', async () => {
    const { status, headers } = await bed.post('/search', { id: orderId });
    assert.equal(status, 303);
    assert.match((await bed.get(headers.get('Location') ?? '')).text, /Erase…/);
    assert.equal((await bed.post('/erase', form)).status, 303);
  });
});
