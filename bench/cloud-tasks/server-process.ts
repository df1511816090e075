import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { MeasuredServer, ServerKind, ServerMessage, ServerWish, Usage } from './server-kinds.ts';

/** A server of this repository in a process of its own, so that its CPU time is its alone. */
export class ServerProcess implements MeasuredServer {
  readonly #child: ChildProcess;
  readonly port: number;

  private constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.port = port;
  }

  /** @param dataDir where the durable emulator keeps its data; default: a folder of its own that ends with it */
  static async start(kind: ServerKind, dataDir?: string): Promise<ServerProcess> {
    const file = fileURLToPath(new URL('./serve.ts', import.meta.url));
    const child = fork(file, dataDir === undefined ? [kind] : [kind, dataDir], { execArgv: ['--expose-gc'] });
    const [{ port }] = (await once(child, 'message')) as [ServerMessage];
    return new ServerProcess(child, port);
  }

  async usage(wish: ServerWish = {}): Promise<Usage> {
    this.#child.send(wish);
    const [message] = (await once(this.#child, 'message')) as [ServerMessage];
    return message;
  }

  async stop(): Promise<void> {
    const exited = once(this.#child, 'exit');
    this.#child.disconnect();
    await exited;
  }
}
