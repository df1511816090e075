import assert from 'node:assert/strict';
import { type FirestoreEmulator, startFirestoreEmulator } from '@waybill/firestore-emulator';
import {
  type Product,
  productConverter,
  productReference,
  readProducts,
  StockQueue,
  withdrawStock,
} from '@waybill/orders';
import { createLogger } from '@waybill/service-kit';
import { catalogue } from '@waybill/task-contracts';
import { createGoogleClients, createTaskRuntime, type GoogleClients } from '@waybill/task-runtime';
import { runStockCommand } from '../../src/stock/run-stock-command.ts';

const PROJECT = 'demo';

describe('npm run stock', () => {
  let emulator: FirestoreEmulator;
  let clients: GoogleClients;
  before(async () => {
    emulator = await startFirestoreEmulator({ port: 0 });
    clients = connect();
    await seed('cup', 201);
    await seed('beans', 300);
    await divide('cup');
  });
  after(async () => {
    await clients.close();
    await emulator.close();
  });

  const connect = (): GoogleClients =>
    createGoogleClients({ project: PROJECT, firestoreEmulatorHost: `127.0.0.1:${emulator.port}` });
  const seed = async (productId: string, stock: number): Promise<void> => {
    const product: Product = { productId, name: productId, price: 1_000, currency: 'EUR', stock };
    await productReference(clients.firestore, productId).set(productConverter.toFirestore(product));
  };
  /** Sells a piece as a worker does where a crowd wants it. */
  const divide = async (productId: string): Promise<void> => {
    const { firestore } = clients;
    const { client } = createTaskRuntime({
      ...clients,
      queueLocation: { project: PROJECT, location: 'europe-west1' },
      catalogue,
      logger: createLogger({ service: 'worker', version: 'v1', destination: { write() {} } }),
    });
    const items = [{ productId, quantity: 1 }];
    const queue = new StockQueue({ firestore, random: () => 0 });
    await queue.run({ items, direction: 'take' }, (traffic) =>
      client.transaction((transaction) => {
        // As if it had lost against another order before.
        traffic.beginRun();
        return withdrawStock(transaction, { firestore, items, traffic });
      }),
    );
  };
  const run = async (...args: string[]) => {
    let out = '';
    let err = '';
    const code = await runStockCommand(args, {
      connect: ({ project, endpoint }) =>
        createGoogleClients({ project, firestoreEmulatorHost: endpoint }).firestore,
      write: (text) => {
        out += text;
      },
      writeError: (text) => {
        err += text;
      },
    });
    return { code, out, err };
  };
  const target = () => ['--project', PROJECT, '--endpoint', `127.0.0.1:${emulator.port}`];
  const stocks = async () => (await readProducts(clients.firestore)).map(({ stock }) => stock);

  it('shows, gathers and allows again, and each is safe to repeat', async () => {
    assert.deepEqual(await run('show', ...target()), {
      code: 2,
      out: 'cup: divided over 16 documents\n1 of 2 products are divided; 0 may not be divided.\n',
      err: '',
    });
    assert.deepEqual(await run('gather', ...target()), {
      code: 0,
      out: 'cup: 200 pieces gathered from 16 documents\n1 products gathered; workers divide none of 2 products.\n',
      err: '',
    });
    assert.equal(
      (await run('gather', ...target())).out,
      '0 products gathered; workers divide none of 2 products.\n',
    );
    await divide('cup');
    assert.deepEqual(await run('show', ...target()), {
      code: 0,
      out: '0 of 2 products are divided; 2 may not be divided.\n',
      err: '',
    });
    assert.equal((await run('allow', ...target())).out, 'Workers may divide 2 more products.\n');
    assert.equal((await run('allow', ...target())).out, 'Workers may divide 0 more products.\n');
    await divide('cup');
    assert.equal((await run('show', ...target())).code, 2);
    assert.deepEqual(await stocks(), [300, 198]);
  });

  it('goes on after a product that it can not read, and names it', async () => {
    const broken = productReference(clients.firestore, 'broken');
    await broken.set({ name: 'Broken', price: 1, currency: 'EUR', stock: 'many' });
    const { code, out, err } = await run('gather', ...target());
    assert.equal(code, 1);
    assert.match(err, /^broken: products\/broken is not a product: .* Run the command again/);
    assert.match(out, /1 products gathered; workers divide none of 2 products/);
    await broken.delete();
  });

  it('refuses a command line that it does not know', async () => {
    const { code, err } = await run('scatter', '--endpoint', 'here');
    assert.equal(code, 1);
    assert.match(err, /must be one of show, gather, allow, got "scatter"/);
    assert.match(err, /--project must be a project's id, got nothing/);
    assert.match(err, /--endpoint must be host:port, such as 127\.0\.0\.1:8080, got "here"/);
  });
});
