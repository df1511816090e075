import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { PortsTakenError, refuseTakenPorts } from './refuse-taken-ports.ts';

describe('refuseTakenPorts()', () => {
  const host = '127.0.0.1';
  let server: Server;
  let port: number;

  beforeEach(async () => {
    server = createServer().listen(0, host);
    await once(server, 'listening');
    port = (server.address() as AddressInfo).port;
  });

  afterEach(() => {
    server.close();
  });

  it('names every taken port with the flag that changes it', async () => {
    const wanted = [
      { port, purpose: 'the front door', flag: '--port' },
      { port: 0, purpose: 'Firestore', flag: '--firestore-port' },
      { port, purpose: 'the mailbox', flag: '--smtp-port' },
    ];
    await assert.rejects(refuseTakenPorts(wanted, { host, waitMs: 0 }), (error) => {
      assert.ok(error instanceof PortsTakenError);
      assert.deepEqual(error.message.split('\n'), [
        `Port ${port} (the front door) is taken by another process: end that one, or choose another port with --port`,
        `Port ${port} (the mailbox) is taken by another process: end that one, or choose another port with --smtp-port`,
      ]);
      return true;
    });
  });

  it('waits for a port whose owner is about to end', async () => {
    const refused = refuseTakenPorts([{ port, purpose: 'x', flag: '--x' }], { host, waitMs: 5_000 });
    setImmediate(() => server.close());
    await refused;
  });
});
