import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Server } from 'node:http';
import { createServer, type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createLocalAccess } from './local-access.ts';

describe('createLocalAccess()', () => {
  const access = createLocalAccess();
  let server: Server;
  before(async () => {
    server = createServer((incoming, response) => {
      access(incoming).then(
        ({ role }) => response.end(role),
        (error: { code: string }) => response.end(error.code),
      );
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  after(() => server.close());

  async function ask(headers: Record<string, string>): Promise<string> {
    const { port } = server.address() as AddressInfo;
    const outgoing = request({ host: '127.0.0.1', port, headers, agent: false }).end();
    const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
    return (await response.toArray()).join('');
  }

  for (const host of [
    'console.localhost:8080',
    'v2-dot-console.localhost',
    'localhost',
    '127.0.0.1:8080',
    '[::1]:80',
  ]) {
    it(`lets this machine in at ${host}`, async () => assert.equal(await ask({ host }), 'operator'));
  }
  for (const host of [
    'evil.example',
    'localhost.evil.example',
    '127.0.0.1.nip.io',
    'console.demo.appspot.com',
    '10.0.0.7',
  ]) {
    it(`lets nobody in at ${host}, which others may point here`, async () => {
      assert.equal(await ask({ host }), 'ACCESS_DENIED');
    });
  }
  it('takes the front door’s word for where a request comes from', async () => {
    const host = 'console.localhost';
    assert.equal(
      await ask({ host, 'x-appengine-user-ip': '127.0.0.1', 'x-forwarded-for': '127.0.0.1' }),
      'operator',
    );
    assert.equal(await ask({ host, 'x-appengine-user-ip': '10.0.0.7' }), 'ACCESS_DENIED');
    assert.equal(await ask({ host, 'x-forwarded-for': '10.0.0.7, 127.0.0.1' }), 'ACCESS_DENIED');
  });
});
