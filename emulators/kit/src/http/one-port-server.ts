import type { RequestListener } from 'node:http';
import { createServer, type Socket } from 'node:net';
import type { GrpcServer } from '../grpc/grpc-server.ts';
import type { AllowedHosts } from './allowed-hosts.ts';
import { createLocalHttpServer, HEADERS_TIMEOUT_MS, type ReceiveTimeouts } from './local-http-server.ts';
import { startListening } from './start-listening.ts';

/** A server that listens; `port` is the real one where 0 was asked for. */
export interface OnePortServer {
  readonly host: string;
  readonly port: number;
  /** Stops taking connections, lets open calls end within `graceMs` (default 2,000), then cuts what is left. */
  close(graceMs?: number): Promise<void>;
}

/** How an HTTP/2 connection with prior knowledge begins (RFC 9113, section 3.4): gRPC's clients send this. */
const HTTP2_PREFACE = Buffer.from('PRI * HTTP/2.0');

/**
 * Listens on one port for gRPC (HTTP/2 without TLS) and HTTP/1.1 alike, told apart by a connection's first bytes. The
 * time to send these, and an HTTP/1.1 request, is limited by `timeouts`; a failing `http` listener gets 500 answered.
 * @throws {PortTakenError} if the port is in use
 */
export async function listenOnOnePort(options: {
  host: string;
  port: number;
  grpc?: GrpcServer;
  http: RequestListener;
  /** Checked for every request and call. */
  hosts: AllowedHosts;
  timeouts?: ReceiveTimeouts;
}): Promise<OnePortServer> {
  const { host, port, grpc, hosts, timeouts = {} } = options;
  const sockets = new Set<Socket>();
  const undecided = new Set<Socket>();
  let closing = false;
  // How many requests each HTTP/1.1 connection has under way. Node's own server only knows the connections that came to
  // a port it listens on itself.
  const httpRequests = new Map<Socket, number>();
  const http = createLocalHttpServer(
    (request, response) => {
      const { socket } = request;
      httpRequests.set(socket, (httpRequests.get(socket) ?? 0) + 1);
      response.on('close', () => {
        const left = (httpRequests.get(socket) ?? 1) - 1;
        if (httpRequests.has(socket)) httpRequests.set(socket, left);
        if (closing && left === 0) socket.end();
      });
      return options.http(request, response);
    },
    hosts,
    timeouts,
  );

  const serveHttp = (socket: Socket): void => {
    // A client may end its half of the connection after its request and still wait for the answer. Not so with HTTP/2,
    // where the end of either half is the end of all its calls.
    socket.allowHalfOpen = true;
    httpRequests.set(socket, 0);
    socket.on('close', () => httpRequests.delete(socket));
    http.emit('connection', socket);
  };

  const listener = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    // Calls are small and answered at once: waiting for fuller packets would only add latency.
    socket.setNoDelay(true);
    socket.on('error', () => socket.destroy());
    if (grpc === undefined) {
      serveHttp(socket);
      return;
    }
    undecided.add(socket);
    socket.on('close', () => undecided.delete(socket));
    readPreface(socket, timeouts.headersMs ?? HEADERS_TIMEOUT_MS, (isHttp2) => {
      undecided.delete(socket);
      if (isHttp2) grpc.accept(socket, hosts);
      else serveHttp(socket);
    });
  });
  // Node looks for overdue headers only on a server that listens. `http` gets its connections from `listener`.
  listener.once('listening', () => http.emit('listening'));
  return {
    host,
    port: await startListening(listener, host, port),
    async close(graceMs = 2_000) {
      closing = true;
      listener.close();
      http.close();
      for (const socket of undecided) socket.destroy();
      for (const [socket, requests] of httpRequests) if (requests === 0) socket.destroy();
      // Tells gRPC clients to go away; their connections close with their last call.
      grpc?.drain();
      const cut = setTimeout(() => {
        for (const socket of sockets) socket.destroy();
      }, graceMs);
      await allClosed(sockets);
      clearTimeout(cut);
    },
  };
}

async function allClosed(sockets: Set<Socket>): Promise<void> {
  // Not `once()`, which would reject for a client that breaks off meanwhile.
  await Promise.all([...sockets].map((socket) => new Promise((resolve) => socket.once('close', resolve))));
}

/** Waits for as many bytes as tell the two protocols apart, puts them back, and hands the socket on untouched. */
function readPreface(socket: Socket, timeoutMs: number, onDecided: (isHttp2: boolean) => void): void {
  let seen = Buffer.alloc(0);
  const overdue = setTimeout(() => socket.destroy(), timeoutMs);
  socket.once('close', () => clearTimeout(overdue));
  const onReadable = (): void => {
    const chunk = socket.read() as Buffer | null;
    if (chunk === null) return;
    seen = Buffer.concat([seen, chunk]);
    const compared = Math.min(seen.length, HTTP2_PREFACE.length);
    const couldBeHttp2 = seen.subarray(0, compared).equals(HTTP2_PREFACE.subarray(0, compared));
    if (couldBeHttp2 && seen.length < HTTP2_PREFACE.length) return;
    socket.off('readable', onReadable);
    clearTimeout(overdue);
    socket.unshift(seen);
    onDecided(couldBeHttp2);
  };
  socket.on('readable', onReadable);
}
