import type { AdminApi, AppEngineEmulator } from '@waybill/app-engine-emulator';
import { callLoopback } from '../clients/call-loopback.ts';
import { holdDispatches } from '../clock/stack-clock.ts';
import type { ControlServer } from '../control/control-server.ts';
import type { DataDir } from '../data-dir/data-dir.ts';
import type { EmulatorProcesses } from '../processes/emulator-processes.ts';

/** Thrown inside a start that is being aborted. */
class StackClosedError extends Error {
  override readonly name = 'StackClosedError';
  constructor() {
    super('The stack was ended while it was starting');
  }
}

/** The parts of a stack that have started so far, and their shutdown in order. */
export class StackParts {
  #dataDir: DataDir | undefined;
  #emulators: EmulatorProcesses | undefined;
  #appEngine: AppEngineEmulator | undefined;
  #adminApi: AdminApi | undefined;
  #control: ControlServer | undefined;
  #closed: Promise<void> | undefined;

  /** Adds a part that `close()` stops. @throws {StackClosedError} after `close()`; the part is then stopped */
  setDataDir(dataDir: DataDir): void {
    if (this.#closed !== undefined) {
      dataDir.release();
      throw new StackClosedError();
    }
    this.#dataDir = dataDir;
  }

  setEmulators(emulators: EmulatorProcesses): void {
    if (this.#closed !== undefined) throw new StackClosedError();
    this.#emulators = emulators;
  }

  async setAppEngine(appEngine: AppEngineEmulator): Promise<void> {
    if (this.#closed !== undefined) {
      await appEngine.close();
      throw new StackClosedError();
    }
    this.#appEngine = appEngine;
  }

  async setAdminApi(adminApi: AdminApi): Promise<void> {
    if (this.#closed !== undefined) {
      await adminApi.close();
      throw new StackClosedError();
    }
    this.#adminApi = adminApi;
  }

  async setControl(control: ControlServer): Promise<void> {
    if (this.#closed !== undefined) {
      await control.close();
      throw new StackClosedError();
    }
    this.#control = control;
  }

  /**
   * Stops everything in order: the services, then Cloud Tasks, then the parts that the services used. A part that fails to
   * stop does not keep the others from stopping.
   * @throws {AggregateError} of all failures
   */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    const errors: unknown[] = [];
    const attempt = async (end: () => Promise<unknown> | undefined): Promise<void> => {
      try {
        await end();
      } catch (error) {
        errors.push(error);
      }
    };
    const emulators = this.#emulators;
    const cloudTasks = emulators?.['cloud-tasks-emulator'];
    await attempt(() => this.#control?.close());
    await attempt(() => this.#adminApi?.close());
    // Without the hold, tasks that become due now would lose an attempt to a closed front door.
    const hold =
      cloudTasks?.pid === undefined || !cloudTasks.isReady
        ? undefined
        : await holdDispatches(cloudTasks.port).catch(() => undefined);
    await attempt(() => this.#appEngine?.close());
    await attempt(async () => {
      const stopped = cloudTasks?.stop();
      // The hold may end only once Cloud Tasks closes; and its shutdown waits for this connection.
      if (hold !== undefined) await untilRefused(cloudTasks?.port ?? 0);
      hold?.release();
      await stopped;
    });
    await Promise.all([
      attempt(() => emulators?.['payment-sandbox'].stop()),
      attempt(() => emulators?.mailbox.stop()),
      attempt(() => emulators?.warehouse.stop()),
      attempt(() => emulators?.['firestore-emulator'].stop()),
    ]);
    await attempt(async () => this.#dataDir?.release());
    if (errors.length > 0)
      throw new AggregateError(errors, `The stack did not end in order: ${errors.join('; ')}`);
  }
}

const REFUSED_TIMEOUT_MS = 5_000;

/** Resolves once a port refuses connections, or after 5 s. */
async function untilRefused(port: number): Promise<void> {
  const signal = AbortSignal.timeout(REFUSED_TIMEOUT_MS);
  try {
    for (;;) await callLoopback({ port, path: '/emulator/health', signal });
  } catch {
    // Refused, or timed out: there is nothing left to wait for.
  }
}
