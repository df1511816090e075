import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A TCP link to a server that can lose the responses. */
export interface LossyLink {
  /** Connect to this one instead of the server's own. */
  readonly port: number;
  /** From now on requests still reach the server, and none of its responses comes back, until {@link cut}. */
  loseResponses(): void;
  /** Breaks all connections. New ones work as if nothing had been. */
  cut(): void;
  close(): Promise<void>;
}

/** Puts a link before a server on this machine, for a commit that lands while its response is lost. */
export async function startLossyLink(serverPort: number): Promise<LossyLink> {
  let losing = false;
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(serverPort, '127.0.0.1');
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('close', () => {
        sockets.delete(socket);
        client.destroy();
        upstream.destroy();
      });
      // Its 'close' follows, and says all that is to be known.
      socket.on('error', () => {});
    }
    client.pipe(upstream);
    upstream.on('data', (chunk) => {
      if (!losing) client.write(chunk);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const cut = (): void => {
    losing = false;
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    loseResponses: () => {
      losing = true;
    },
    cut,
    async close() {
      server.close();
      cut();
      await once(server, 'close');
    },
  };
}
