import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';

/** Node publishes each connection that a server of this process takes here. */
const CHANNEL = 'net.server.socket';

/**
 * Calls `onClose` with the remote end (`address:port`, as gRPC's getPeer tells it) of each connection to `port` that
 * closes. gRPC's server doesn't tell by itself when a client is gone between two calls.
 * @returns a function that ends that
 */
export function watchClosedConnections(
  portOf: () => number | undefined,
  onClose: (peer: string) => void,
): () => void {
  const onSocket = (message: unknown): void => {
    const { socket } = message as { socket: Socket };
    if (socket.localPort !== portOf()) return;
    const peer = `${socket.remoteAddress}:${socket.remotePort}`;
    socket.once('close', () => onClose(peer));
  };
  subscribe(CHANNEL, onSocket);
  return () => unsubscribe(CHANNEL, onSocket);
}
