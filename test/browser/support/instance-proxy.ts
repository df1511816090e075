import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** An address that stays while what is behind it is started again elsewhere. */
export interface InstanceProxy {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Hands each connection on to where an instance listens now, byte by byte: nothing is held back, as it is by App
 * Engine's front end.
 * @param portNow undefined while there is none: the connection is cut
 */
export async function startInstanceProxy(portNow: () => number | undefined): Promise<InstanceProxy> {
  const sockets = new Set<Socket>();
  const keep = (socket: Socket): void => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
  };
  const server = createServer((client) => {
    keep(client);
    const port = portNow();
    if (port === undefined) {
      client.destroy();
      return;
    }
    const instance = connect(port, '127.0.0.1');
    keep(instance);
    instance.on('close', () => client.destroy());
    client.on('close', () => instance.destroy());
    client.pipe(instance).pipe(client);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
