import { startTestServer } from '@waybill/service-kit/testing';

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
  const responses: Readonly<Record<string, object>> = {
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
  const server = await startTestServer(async (request, response) => {
    const body = (await request.toArray()).join('');
    if (request.headers.authorization !== `Bearer ${token}`) {
      response.writeHead(401).end();
      return;
    }
    if (request.method === 'POST') told.push(`${request.url} ${body}`);
    response.setHeader('Content-Type', 'application/json');
    response.end(JSON.stringify(responses[request.url ?? ''] ?? {}));
  });
  return {
    url: new URL(server.url),
    token,
    told,
    close: server.close,
  };
}
