import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { findFreePort } from '@waybill/emulator-kit';
import type { MeasuredServer, Usage } from './server-kinds.ts';

/** Linux counts CPU time in hundredths of a second. */
const MICROS_PER_TICK = 10_000;
const PAGE_BYTES = 4_096;
const START_TIMEOUT_MS = 20_000;

/** Another emulator of Cloud Tasks, as its command line. */
export interface Peer {
  readonly name: string;
  /** Words, with `{port}` where the port belongs. */
  readonly command: readonly string[];
}

/** Reads `NAME=COMMAND` of the command line. @throws {Error} if it has another form */
export function readPeer(text: string): Peer {
  const match = /^([^=]+)=(.*\{port\}.*)$/.exec(text);
  if (match === null) throw new Error(`--peer must be NAME=COMMAND with {port} in it, got "${text}"`);
  return { name: match[1] ?? '', command: (match[2] ?? '').split(' ') };
}

/** A peer that runs. */
export class PeerProcess implements MeasuredServer {
  readonly port: number;
  readonly #child: ChildProcess;
  #ticks = 0;

  private constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.port = port;
  }

  /** @throws {Error} if it does not listen within 20 s */
  static async start({ name, command }: Peer): Promise<PeerProcess> {
    const port = await findFreePort();
    const [program = '', ...args] = command.map((word) => word.replaceAll('{port}', String(port)));
    const child = spawn(program, args, { stdio: 'ignore' });
    const failed = once(child, 'error').then(([error]) => Promise.reject(error as Error));
    const server = new PeerProcess(child, port);
    await Promise.race([failed, listens(port, name)]);
    await server.usage();
    return server;
  }

  async usage(): Promise<Usage> {
    const { pid } = this.#child;
    // The name of the program, in parentheses, may hold spaces. See proc_pid_stat(5).
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    const ticks = Number(fields[11]) + Number(fields[12]);
    const cpuMicros = (ticks - this.#ticks) * MICROS_PER_TICK;
    this.#ticks = ticks;
    return { cpuMicros, residentBytes: Number(fields[21]) * PAGE_BYTES };
  }

  async stop(): Promise<void> {
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await exited;
  }
}

async function listens(port: number, name: string): Promise<void> {
  const endMs = performance.now() + START_TIMEOUT_MS;
  while (performance.now() < endMs) {
    const socket = connect(port, '127.0.0.1');
    const isOpen = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (isOpen) return;
    await delay(50);
  }
  throw new Error(`${name} does not listen on port ${port} after ${START_TIMEOUT_MS} ms`);
}
