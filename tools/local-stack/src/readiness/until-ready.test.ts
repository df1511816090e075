import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { NotReadyError, probeSmtp, untilReady } from './until-ready.ts';

describe('untilReady()', () => {
  it('asks until it is answered', async () => {
    let asked = 0;
    await untilReady(
      'It',
      async () => {
        asked += 1;
        if (asked < 3) throw new Error('not yet');
      },
      5_000,
    );
    assert.equal(asked, 3);
  });

  it('names the part and its last answer when the time is up', async () => {
    const refuse = async (): Promise<void> => {
      throw new Error('GET /readyz answered 503');
    };
    await assert.rejects(untilReady('The worker', refuse, 20), (error) => {
      assert.ok(error instanceof NotReadyError);
      assert.equal(error.message, 'The worker did not answer within 0.02 s: GET /readyz answered 503');
      return true;
    });
  });

  it('ends a try that hangs', async () => {
    await assert.rejects(
      untilReady('It', (signal) => once(signal, 'abort').then(() => signal.throwIfAborted()), 20),
      NotReadyError,
    );
  });
});

describe('probeSmtp()', () => {
  let server: Server;

  async function greet(greeting: string): Promise<number> {
    server = createServer((socket) => socket.end(greeting)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  }

  afterEach(() => {
    server.close();
  });

  it('takes a greeting of 220 alone for ready', async () => {
    await probeSmtp(await greet('220 hello\r\n'), AbortSignal.timeout(30_000));
    server.close();
    await assert.rejects(
      probeSmtp(await greet('554 no\r\n'), AbortSignal.timeout(30_000)),
      /greeted with 554/,
    );
  });
});
