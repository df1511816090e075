import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A way to a server on this machine that can break. */
export interface TcpLink {
  /** Connect to this one instead of the server's own. */
  readonly port: number;
  /** Breaks all connections; new ones are taken, but wait until `mend`. */
  cut(): void;
  restore(): void;
  close(): Promise<void>;
}

/** Puts a link before a server. */
export async function startTcpLink(serverPort: number): Promise<TcpLink> {
  const sockets = new Set<Socket>();
  const waiting = new Set<Socket>();
  let isCut = false;

  const keep = (socket: Socket, other?: Socket): void => {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('close', () => {
      sockets.delete(socket);
      waiting.delete(socket);
      other?.destroy();
    });
    // Its 'close' follows, and says all that is to be known.
    socket.on('error', () => {});
  };
  const forward = (client: Socket): void => {
    const upstream = connect(serverPort, '127.0.0.1');
    keep(upstream, client);
    client.on('close', () => upstream.destroy());
    client.pipe(upstream).pipe(client);
  };
  const server = createServer((client) => {
    keep(client);
    if (isCut) waiting.add(client);
    else forward(client);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');

  return {
    port: (server.address() as AddressInfo).port,
    cut() {
      isCut = true;
      for (const socket of sockets) socket.destroy();
    },
    restore() {
      isCut = false;
      for (const client of waiting) forward(client);
      waiting.clear();
    },
    async close() {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    },
  };
}
