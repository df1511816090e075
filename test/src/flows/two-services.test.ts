import assert from 'node:assert/strict';
import { LOCATION, PROJECT } from '@waybill/local-stack';
import { readBook } from '../../two-services/books.ts';
import { newDataDir, removeDataDir } from '../support/flow-stack.ts';
import { whenIdle } from '../support/shop.ts';
import { startTwoServices, type TwoServices } from '../support/two-services-stack.ts';

const DECLINED = 'pm_card_chargeDeclined';

describe('an application with two services that do tasks', () => {
  let dataDir: string;
  let app: TwoServices;
  /** The sum of all orders that were taken, and of those that were charged. */
  let taken = 0;

  before(async () => {
    dataDir = newDataDir();
    // A canary of one service: the other one has no version of its name.
    const environment = { TASK_ROUTING_VERSION: 'worker=canary' };
    app = await startTwoServices(dataDir, {
      services: [{ service: 'worker', version: 'canary', environment }],
    });
  });
  after(async () => {
    await app.close();
    removeDataDir(dataDir);
  });

  const order = async (
    orderId: string,
    { paymentMethod = 'pm_card_visa', version }: { paymentMethod?: string; version?: string } = {},
  ): Promise<void> => {
    const amount = 500;
    await app.order({ orderId, amount, paymentMethod }, version);
    taken += paymentMethod === DECLINED ? 0 : amount;
  };
  const statesOf = async (orderId: string): Promise<string[]> =>
    (await app.runtime.reader.ofSubject(`orders/${orderId}`))
      .map(({ contract, state }) => `${contract} ${state}`)
      .sort();
  /** Who has done the tasks of an order, in their order. */
  const doneBy = (orderId: string): string[] =>
    app.stack.events
      .filter(({ event, fields }) => event === 'task.succeeded' && fields['subject'] === `orders/${orderId}`)
      .map(({ source, fields }) => `${String(fields['task'])} by ${source}`);
  const billsExactly = async (): Promise<void> => {
    assert.equal(await readBook(app.firestore, 'sold'), taken);
    assert.equal(await readBook(app.firestore, 'account'), -taken);
    const charges = (await app.stack.charges()).filter(({ paid }) => paid);
    assert.equal(
      charges.reduce((sum, { amount }) => sum + amount, 0),
      taken,
    );
    assert.equal(new Set(charges.map(({ metadata }) => metadata['order_id'])).size, charges.length);
  };

  it('starts each service that it finds in apps/', () => {
    const names = app.stack.appEngine.services().map(({ service, version }) => `${service} ${version}`);
    assert.deepEqual(names.sort(), ['billing v1', 'worker canary', 'worker v1']);
  });

  it('does an order’s tasks, each in its own service', async () => {
    await order('good');
    await whenIdle(app.stack);
    assert.deepEqual(await statesOf('good'), [
      'charge-credit succeeded',
      'close-order succeeded',
      'take-credit succeeded',
    ]);
    assert.deepEqual(doneBy('good'), [
      'take-credit by worker',
      'charge-credit by billing',
      'close-order by worker',
    ]);
    await billsExactly();
  });

  it('keeps a canary’s tasks with the canary, and those of a service without one with the version that serves', async () => {
    await order('canary', { version: 'canary' });
    await whenIdle(app.stack);
    assert.deepEqual(doneBy('canary'), [
      'take-credit by worker@canary',
      'charge-credit by billing',
      'close-order by worker',
    ]);
    await billsExactly();
  });

  it('compensates in the other service for a task that is given up', async () => {
    await order('declined', { paymentMethod: DECLINED });
    await whenIdle(app.stack);
    assert.deepEqual(await statesOf('declined'), [
      'charge-credit dead',
      'return-credit succeeded',
      'take-credit succeeded',
    ]);
    await billsExactly();
  });

  it('gives a purged task up in its own service, whose onDead returns the credit', async () => {
    const { cloudTasks } = app.runtime;
    const name = cloudTasks.queuePath(PROJECT, LOCATION, 'invoices');
    await cloudTasks.pauseQueue({ name });
    await order('purged');
    taken -= 500;
    await whenIdle(app.stack);
    await cloudTasks.purgeQueue({ name });
    await cloudTasks.resumeQueue({ name });
    await app.stack.advance(61_000);
    await app.sweep();
    await whenIdle(app.stack);
    assert.deepEqual(await statesOf('purged'), [
      'charge-credit dead',
      'return-credit succeeded',
      'take-credit succeeded',
    ]);
    await billsExactly();
  });

  it('survives that either service is killed, with exact sums', async () => {
    const orders = Array.from({ length: 8 }, (_, number) => order(`killed-${number}`));
    await Promise.all([
      ...orders,
      app.stack.killProcess('billing', 'SIGKILL'),
      app.stack.killProcess('worker', 'SIGKILL'),
    ]);
    await Promise.all([app.stack.whenReady('billing'), app.stack.whenReady('worker')]);
    await whenIdle(app.stack);
    while ((await app.openTasks()) > 0) {
      await app.stack.advance(130_000);
      await app.sweep();
      await whenIdle(app.stack);
    }
    for (let number = 0; number < 8; number += 1) {
      assert.equal((await statesOf(`killed-${number}`)).at(-1), 'take-credit succeeded');
      assert.ok((await statesOf(`killed-${number}`)).includes('close-order succeeded'));
    }
    await billsExactly();
  });
});
