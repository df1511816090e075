import { createServer } from 'node:net';

const RESPONSE = Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
const HEAD_END = Buffer.from('\r\n\r\n');
const LENGTH = /\r\ncontent-length: (\d+)/i;

/** A bare HTTP/1.1 loop that answers each request at once. */
export interface Receiver {
  readonly port: number;
  readonly received: () => number;
  readonly connections: () => number;
  /** Called with the path of each request as it arrives. */
  onRequest: ((path: string) => void) | undefined;
  /** Resolves once this many requests were answered. */
  waitFor(count: number): Promise<void>;
  close(): void;
}

export async function startReceiver(): Promise<Receiver> {
  let received = 0;
  let connections = 0;
  let wanted = Number.POSITIVE_INFINITY;
  let reached = (): void => {};
  const server = createServer((socket) => {
    connections++;
    let rest: Buffer = Buffer.alloc(0);
    socket.setNoDelay(true);
    socket.on('error', () => {});
    socket.on('data', (chunk: Buffer) => {
      rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      for (let headEnd = rest.indexOf(HEAD_END); headEnd >= 0; headEnd = rest.indexOf(HEAD_END)) {
        const head = rest.toString('latin1', 0, headEnd);
        const length = Number(LENGTH.exec(head)?.[1] ?? 0);
        const end = headEnd + HEAD_END.length + length;
        if (rest.length < end) return;
        rest = rest.subarray(end);
        received++;
        receiver.onRequest?.(head.slice(head.indexOf(' ') + 1, head.indexOf(' HTTP/')));
        socket.write(RESPONSE);
        if (received >= wanted) reached();
      }
    });
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  const receiver: Receiver = {
    onRequest: undefined,
    port: typeof address === 'object' && address !== null ? address.port : 0,
    received: () => received,
    connections: () => connections,
    waitFor(count) {
      wanted = count;
      return received >= count ? Promise.resolve() : new Promise((resolve) => (reached = resolve));
    },
    close: () => server.close(),
  };
  return receiver;
}
