import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Answers as the local stack's control server does, and does nothing but remember what it was told. */
export interface StackStandIn {
  readonly url: URL;
  readonly token: string;
  /** What it was told to do, such as `/emulator/process:kill {"name":"worker"}`. */
  readonly told: readonly string[];
  close(): Promise<void>;
}

export async function startStackStandIn(): Promise<StackStandIn> {
  const token = 'a token of the stack';
  const told: string[] = [];
  const answers: Readonly<Record<string, object>> = {
    '/emulator/stack': {
      now: new Date().toISOString(),
      offsetMs: 0,
      processes: ['frontend', 'worker'],
      services: [
        {
          service: 'worker',
          version: 'v1',
          trafficShare: 1,
          instances: [
            { instance: '0a', state: 'ready', pid: 4711, port: 1, restarts: 1, requests: 2 },
            { instance: '0b', state: 'backing-off', restarts: 7, requests: 0, lastDeath: 'ended by SIGKILL' },
          ],
        },
      ],
    },
    '/emulator/mails': { mails: [] },
  };
  const server = createServer(async (request, response) => {
    const body = (await request.toArray()).join('');
    if (request.headers.authorization !== `Bearer ${token}`) {
      response.writeHead(401).end();
      return;
    }
    if (request.method === 'POST') told.push(`${request.url} ${body}`);
    response.setHeader('Content-Type', 'application/json');
    response.end(JSON.stringify(answers[request.url ?? ''] ?? {}));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
    token,
    told,
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
