import { ServiceError } from '@waybill/service-kit';

/** A mail as the local mailbox keeps it, as far as pages show it. */
export interface LocalMail {
  readonly from: string;
  readonly recipients: readonly string[];
  readonly subject: string;
  readonly text?: string;
  readonly attachments: readonly { readonly filename: string; readonly sizeBytes: number }[];
  readonly receivedAt: string;
}

/** A version of a service, and its instances. */
export interface LocalService {
  readonly service: string;
  readonly version: string;
  readonly instances: readonly LocalInstance[];
}

/** An instance of a service. `backing-off`: its processes die soon after their start, so the next one is waited with. */
export interface LocalInstance {
  readonly state: 'starting' | 'ready' | 'backing-off' | 'stopped';
  readonly pid?: number;
  readonly restarts: number;
  /** How many requests it is answering. */
  readonly requests: number;
  /** How the last one ended that nobody had ended. */
  readonly lastDeath?: string;
}

/** How the local stack stands. */
export interface StackStatus {
  readonly now: string;
  readonly offsetMs: number;
  /** What can be killed. */
  readonly processes: readonly string[];
  readonly services: readonly LocalService[];
}

/** Moving the clock waits until open deliveries have ended. */
const TIMEOUT_MS = 60_000;

/** The local stack that this console runs in. */
export class StackControl {
  readonly #url: URL;
  readonly #token: string;

  constructor(url: URL, token: string) {
    this.#url = url;
    this.#token = token;
  }

  /** @throws {ServiceError} 503 `STACK_UNAVAILABLE`, as all of these do */
  status(): Promise<StackStatus> {
    return this.#call('GET', '/emulator/stack') as Promise<StackStatus>;
  }

  /** The newest mails first. */
  async mails(): Promise<LocalMail[]> {
    const { mails } = (await this.#call('GET', '/emulator/mails')) as { mails: LocalMail[] };
    return [...mails].reverse();
  }

  async advance(advanceMs: number): Promise<void> {
    await this.#call('POST', '/emulator/clock:advance', { advanceMs });
  }

  /** Kills a process as `kill -9` does. The stack starts it again. */
  async kill(name: string): Promise<void> {
    await this.#call('POST', '/emulator/process:kill', { name });
  }

  async #call(method: 'GET' | 'POST', path: string, body?: object): Promise<unknown> {
    try {
      const response = await fetch(new URL(path, this.#url), {
        method,
        headers: { Authorization: `Bearer ${this.#token}`, 'Content-Type': 'application/json' },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
      return await response.json();
    } catch (error) {
      throw new ServiceError({
        code: 'STACK_UNAVAILABLE',
        status: 503,
        message: `The local stack did not do ${method} ${path}`,
        detail: `The local stack did not do it: ${error instanceof Error ? error.message : String(error)}`,
        cause: error,
      });
    }
  }
}
