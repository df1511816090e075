import { Agent, request } from 'node:http';
import { findFreePort } from '@waybill/emulator-kit';
import { serviceTokenHeader } from '../front-door/request-headers.ts';
import { chooseInspectorPort, inspectedEntrypoint } from './inspector.ts';
import { type ProcessExit, ServiceProcess } from './service-process.ts';
import { waitForPort } from './wait-for-port.ts';

/** What is needed to start an instance. */
export interface InstanceStart {
  id: string;
  entrypoint: string;
  folder: string;
  environment: (port: number) => Record<string, string>;
  /** The request that must be answered before any other: none, warm-up, or the start of basic and manual scaling. */
  firstRequest: '/_ah/warmup' | '/_ah/start' | undefined;
  /** Opens a debugger port, where given: the wanted one, or a free one. */
  inspector: { wantedPort: number | undefined } | undefined;
  /** How long the instance may take until it is ready. */
  startTimeoutMs: number;
  /** Shows the instance that a request comes from the front door. */
  serviceToken: string;
  onLine: (stream: 'stdout' | 'stderr', line: string) => void;
  onWarmupFailed: (detail: string) => void;
}

/** Thrown when an instance ended, or took too long, before it was ready. It is started again, later each time. */
class InstanceStartError extends Error {
  override readonly name = 'InstanceStartError';
}

/** One running copy of a version: its processes, its port, and the connections to it. */
export class Instance {
  readonly id: string;
  readonly port: number;
  /** Where its debugger listens on 127.0.0.1; undefined without one. */
  readonly inspectorPort: number | undefined;
  /** Keeps connections to this instance open between requests. */
  readonly agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY, maxFreeSockets: 64 });
  /** Requests that are being answered. */
  inFlight = 0;
  readonly #process: ServiceProcess;

  private constructor(
    id: string,
    ports: { port: number; inspectorPort: number | undefined },
    process: ServiceProcess,
  ) {
    this.id = id;
    this.port = ports.port;
    this.inspectorPort = ports.inspectorPort;
    this.#process = process;
    void this.exited.then(() => this.agent.destroy());
  }

  /** Starts the processes; `becomeReady` waits until they answer. */
  static async spawn(start: InstanceStart): Promise<Instance> {
    const port = await findFreePort();
    const inspectorPort = start.inspector && (await chooseInspectorPort(start.inspector.wantedPort));
    const process = new ServiceProcess({
      entrypoint:
        inspectorPort === undefined ? start.entrypoint : inspectedEntrypoint(start.entrypoint, inspectorPort),
      folder: start.folder,
      environment: start.environment(port),
      onLine: start.onLine,
    });
    return new Instance(start.id, { port, inspectorPort }, process);
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** Settles when the instance has ended; never rejects. */
  get exited(): Promise<ProcessExit & { spawnError?: Error }> {
    return this.#process.exited;
  }

  /** Sends a signal to all processes of the instance. */
  signal(signal: NodeJS.Signals): void {
    this.#process.signal(signal);
  }

  /** SIGTERM, and SIGKILL after the grace. */
  stop(graceMs: number): Promise<ProcessExit> {
    return this.#process.stop(graceMs);
  }

  /**
   * Waits until the port accepts connections and the first request has been answered. Any answer to a warm-up will do, as on
   * App Engine; /_ah/start must be answered with 2xx or 404.
   * @throws {InstanceStartError} if it ended or took too long; then it is still to be stopped
   */
  async becomeReady(start: InstanceStart): Promise<void> {
    const seconds = start.startTimeoutMs / 1000;
    const giveUp = new AbortController();
    const timer = setTimeout(
      () =>
        giveUp.abort(new InstanceStartError(`did not become ready on PORT=${this.port} within ${seconds} s`)),
      start.startTimeoutMs,
    );
    void this.exited.then((exit) =>
      giveUp.abort(new InstanceStartError(`ended before it was ready (${describeExit(exit)})`)),
    );
    try {
      await waitForPort(this.port, giveUp.signal);
      if (start.firstRequest === undefined) return;
      const status = await this.#get(start.firstRequest, start.serviceToken, giveUp.signal);
      const isGood =
        (status >= 200 && status < 300) || (status === 404 && start.firstRequest === '/_ah/start');
      if (isGood) return;
      const detail = `GET ${start.firstRequest} was answered with ${status}`;
      if (start.firstRequest === '/_ah/start')
        throw new InstanceStartError(`${detail}; 2xx or 404 is needed`);
      start.onWarmupFailed(detail);
    } catch (error) {
      // The reason, where waiting was broken off, rather than the error of what was broken off.
      throw giveUp.signal.aborted ? giveUp.signal.reason : error;
    } finally {
      clearTimeout(timer);
    }
  }

  #get(path: string, serviceToken: string, signal: AbortSignal): Promise<number> {
    return new Promise((resolve, reject) => {
      // App Engine's own requests to instances come from 0.1.0.3.
      const headers = {
        'x-appengine-user-ip': '0.1.0.3',
        'x-forwarded-for': '0.1.0.3',
        host: 'localhost',
        [serviceTokenHeader]: serviceToken,
      };
      const options = { host: '127.0.0.1', port: this.port, path, headers, agent: this.agent, signal };
      request(options, (response) => {
        response.resume().on('end', () => resolve(response.statusCode ?? 0));
        response.on('error', reject);
      })
        .on('error', (error) =>
          reject(new InstanceStartError(`did not answer GET ${path}: ${error.message}`)),
        )
        .end();
    });
  }
}

/** How a process ended, for people. */
export function describeExit(exit: ProcessExit & { spawnError?: Error }): string {
  if (exit.spawnError) return `could not be started: ${exit.spawnError.message}`;
  return exit.signal ? `signal ${exit.signal}` : `exit code ${exit.code}`;
}
