import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** A server's use since its last message. */
export interface ServerMessage {
  readonly port: number;
  readonly cpuMicros: number;
  readonly residentBytes: number;
}

/** An emulator in a process of its own. */
export class ServerProcess {
  readonly #child: ChildProcess;
  readonly port: number;

  private constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.port = port;
  }

  static async start(): Promise<ServerProcess> {
    const child = fork(fileURLToPath(new URL('./serve.ts', import.meta.url)));
    const [{ port }] = (await once(child, 'message')) as [ServerMessage];
    return new ServerProcess(child, port);
  }

  /** Its use since the last call. */
  async usage(): Promise<ServerMessage> {
    this.#child.send({});
    const [message] = (await once(this.#child, 'message')) as [ServerMessage];
    return message;
  }

  async stop(): Promise<void> {
    const exited = once(this.#child, 'exit');
    this.#child.disconnect();
    await exited;
  }
}
