import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { join } from 'node:path';
import type { VersionState } from '@waybill/app-engine-emulator';
import {
  AllowedHosts,
  createControlListener,
  listenOnOnePort,
  type MovableClock,
  sendJson,
} from '@waybill/emulator-kit';
import type { Mail } from '@waybill/sandboxes';
import { MAX_ADVANCE_MS } from '../clock/parse-advance.ts';

/** Address and token of the running stack, as stored in `<data-dir>/control.json`. */
export interface ControlAddress {
  readonly url: string;
  /** Sent as `Authorization: Bearer …`. */
  readonly token: string;
}

const CONTROL_FILE = 'control.json';
const HOST = '127.0.0.1';

/** A control server that listens. */
export interface ControlServer {
  readonly address: ControlAddress;
  close(): Promise<void>;
}

/** A token for {@link startControlServer}. */
export function newControlToken(): string {
  return randomBytes(32).toString('base64url');
}

/**
 * Serves the commands of other terminals, and the console's, on a loopback port: `GET /emulator/clock`,
 * `POST /emulator/clock:advance {advanceMs}`, `GET /emulator/stack` (clock, processes, instances of the services),
 * `POST /emulator/process:kill {name}` and `GET /emulator/mails`. Address and token lie in the data folder, readable by
 * this user alone.
 */
export async function startControlServer(options: {
  dataDir: string;
  clock: MovableClock;
  advance: (advanceMs: number) => Promise<void>;
  /** Host names that requests may carry beside loopback addresses and `localhost`. */
  allowHosts: readonly string[];
  /** 0 takes a free one. */
  port: number;
  token: string;
  /** The names of the processes that may be killed. */
  processes: readonly string[];
  kill: (name: string) => Promise<void>;
  /** The instances of the services and their states. */
  services: () => readonly VersionState[];
  mails: () => Promise<readonly Mail[]>;
}): Promise<ControlServer> {
  const { dataDir, clock, advance, port, token, processes, kill, services, mails } = options;
  const state = (): object => ({ now: new Date(clock.nowMs()).toISOString(), offsetMs: clock.offsetMs });
  const control = createControlListener({
    service: 'local-stack',
    clock,
    routes: {
      // An offset that is set here alone would differ from the emulators'.
      'PUT /emulator/clock': (_request, response) =>
        sendJson(response, 405, problem(405, 'USE_ADVANCE', 'Use POST /emulator/clock:advance')),
      'POST /emulator/clock:advance': async (_request, response, body) => {
        const { advanceMs } = (body ?? {}) as { advanceMs?: unknown };
        if (!isAdvance(advanceMs)) {
          const expected = `a whole number of milliseconds from 1 to ${MAX_ADVANCE_MS}`;
          sendJson(response, 400, problem(400, 'BAD_ADVANCE', `advanceMs must be ${expected}`));
          return;
        }
        try {
          await advance(advanceMs);
        } catch (error) {
          const reason = error instanceof Error ? error.message : String(error);
          sendJson(response, 503, problem(503, 'CLOCK_NOT_MOVED', reason));
          return;
        }
        sendJson(response, 200, state());
      },
      'GET /emulator/stack': (_request, response) =>
        sendJson(response, 200, { ...state(), processes, services: services() }),
      'POST /emulator/process:kill': async (_request, response, body) => {
        const { name } = (body ?? {}) as { name?: unknown };
        if (typeof name !== 'string' || !processes.includes(name)) {
          const expected = `one of ${processes.join(', ')}`;
          sendJson(response, 400, problem(400, 'BAD_PROCESS', `name must be ${expected}`));
          return;
        }
        await kill(name);
        sendJson(response, 200, { name });
      },
      'GET /emulator/mails': async (_request, response) => sendJson(response, 200, { mails: await mails() }),
    },
  });
  const server = await listenOnOnePort({
    host: HOST,
    port,
    hosts: new AllowedHosts({ listenHost: HOST, further: options.allowHosts }),
    http: requireToken(token, control),
  });
  const address = { url: `http://${HOST}:${server.port}`, token };
  const file = join(dataDir, CONTROL_FILE);
  // The mode applies only to a new file.
  rmSync(file, { force: true });
  writeFileSync(file, `${JSON.stringify(address)}\n`, { mode: 0o600, flag: 'wx' });
  return {
    address,
    async close() {
      if (isOwn(dataDir, address)) rmSync(file, { force: true });
      await server.close();
    },
  };
}

/**
 * Reads the address of the stack that uses this data folder.
 * @throws {Error} with the remedy, if there is none
 */
export function readControlAddress(dataDir: string): ControlAddress {
  try {
    return JSON.parse(readFileSync(join(dataDir, CONTROL_FILE), 'utf8')) as ControlAddress;
  } catch (error) {
    throw new Error(
      `No stack runs on the folder ${dataDir}: start one with npm start, or name its folder with --data-dir`,
      { cause: error },
    );
  }
}

/** Tells whether the file is still this stack's: another stack may have taken the folder over. */
function isOwn(dataDir: string, address: ControlAddress): boolean {
  try {
    return readControlAddress(dataDir).token === address.token;
  } catch {
    return false;
  }
}

function isAdvance(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= MAX_ADVANCE_MS;
}

function problem(status: number, code: string, title: string): object {
  return { status, code, title };
}

function requireToken(token: string, listener: RequestListener): RequestListener {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  const expected = digest(`Bearer ${token}`);
  return (request, response) => {
    if (timingSafeEqual(digest(request.headers.authorization ?? ''), expected)) {
      return listener(request, response);
    }
    return sendJson(response, 401, problem(401, 'WRONG_TOKEN', 'The bearer token is missing or wrong'));
  };
}
