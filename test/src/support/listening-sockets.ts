import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** A TCP socket that takes connections. */
export interface ListeningSocket {
  readonly pid: number;
  readonly address: string;
  readonly port: number;
}

const LISTEN_STATE = '0A';

/** The TCP sockets on which processes listen. Linux only. See proc_pid_net(5). */
export function listeningSocketsOf(pids: readonly number[]): ListeningSocket[] {
  const listening = new Map(
    ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((file) => readTable(file)).map((row) => [row.inode, row]),
  );
  return pids.flatMap((pid) =>
    socketInodesOf(pid).flatMap((inode) => {
      const row = listening.get(inode);
      return row === undefined ? [] : [{ pid, address: row.address, port: row.port }];
    }),
  );
}

/** Whether only this machine reaches an address. */
export function isLoopback(address: string): boolean {
  return address.startsWith('127.') || address === '::1' || address.startsWith('::ffff:127.');
}

function readTable(file: string): { inode: string; address: string; port: number }[] {
  return readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .slice(1)
    .flatMap((line) => {
      const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/);
      const [address = '', port = ''] = local.split(':');
      if (state !== LISTEN_STATE) return [];
      return [{ inode, address: readAddress(address), port: Number.parseInt(port, 16) }];
    });
}

/** The kernel prints addresses as 32-bit words in the byte order of the machine: little-endian, on x64 and arm64. */
function readAddress(hex: string): string {
  const bytes = (hex.match(/.{8}/g) ?? []).flatMap((word) => [...Buffer.from(word, 'hex')].reverse());
  if (bytes.length === 4) return bytes.join('.');
  const isMapped = bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 255 && bytes[11] === 255;
  if (isMapped) return `::ffff:${bytes.slice(12).join('.')}`;
  if (bytes.slice(0, 15).every((byte) => byte === 0)) return bytes[15] === 1 ? '::1' : '::';
  return Buffer.from(bytes).toString('hex');
}

function socketInodesOf(pid: number): string[] {
  const folder = `/proc/${pid}/fd`;
  return readdirSync(folder).flatMap((descriptor) => {
    try {
      const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(`${folder}/${descriptor}`))?.[1];
      return inode === undefined ? [] : [inode];
    } catch {
      // Closed meanwhile.
      return [];
    }
  });
}
