import assert from 'node:assert/strict';
import { type FirestoreEmulator, startFirestoreEmulator } from '@waybill/firestore-emulator';
import { createGoogleClients } from '@waybill/task-runtime';
import { runExpiryCommand } from '../src/expiry/run-expiry-command.ts';

describe('npm run expiry', () => {
  let emulator: FirestoreEmulator;
  before(async () => {
    emulator = await startFirestoreEmulator({ port: 0 });
  });
  after(() => emulator.close());

  async function run(...args: string[]) {
    let [output, errors] = ['', ''];
    const code = await runExpiryCommand(args, {
      connect: ({ project, database, endpoint }) =>
        createGoogleClients({ project, database, firestoreEmulatorHost: endpoint }).firestore,
      write: (text) => (output += text),
      writeError: (text) => (errors += text),
    });
    return { code, output, errors };
  }

  it('sets the times that are missing, and says how many', async () => {
    const endpoint = `127.0.0.1:${emulator.port}`;
    const { firestore } = createGoogleClients({ project: 'demo', firestoreEmulatorHost: endpoint });
    await firestore.doc('orders/a').set({ createdAt: new Date(0) });
    await firestore.terminate();
    const first = await run('set', '--project', 'demo', '--endpoint', endpoint);
    assert.deepEqual([first.code, first.errors], [0, '']);
    assert.match(first.output, /^orders: 1 of 1 documents.*\n.*\n.*\ntasks: 0 of 0 dead letters/);
    assert.match((await run('set', '--project', 'demo', '--endpoint', endpoint)).output, /^orders: 0 of 1/);
  });

  it('names what is wrong with its command line', async () => {
    const { code, errors } = await run('unset', '--endpoint', 'here');
    assert.equal(code, 1);
    assert.match(errors, /the command must be set, got "unset".*--project must be.*--endpoint must be/s);
    assert.match((await run('--help')).output, /npm run expiry -- set --project/);
  });
});
