import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { AUDIENCE, type IapAuthority, startIapAuthority } from '@waybill/console/testing';
import { findFreePort } from '@waybill/emulator-kit';
import type { LocalStack } from '@waybill/local-stack';
import { rootDir } from '../../src/support/flow-stack.ts';

/** The console as it runs in production, behind an Identity-Aware Proxy that is ours, over a local stack's data. */
export interface ConsoleBehindIap {
  readonly url: string;
  readonly iap: IapAuthority;
  close(): Promise<void>;
}

export async function startConsoleBehindIap(
  stack: LocalStack,
  people: { operator: string; viewer: string },
): Promise<ConsoleBehindIap> {
  const iap = await startIapAuthority();
  const child = spawn(process.execPath, [join(rootDir, 'apps/console/src/main.ts')], {
    env: {
      PATH: process.env['PATH'],
      METADATA_SERVER_DETECTION: 'none',
      PORT: String(await findFreePort()),
      GOOGLE_CLOUD_PROJECT: stack.project,
      TASKS_LOCATION: 'us-central1',
      CONSOLE_ACCESS: 'iap',
      CONSOLE_IAP_AUDIENCE: AUDIENCE,
      CONSOLE_IAP_KEYS_URL: iap.keysUrl.href,
      CONSOLE_OPERATORS: people.operator,
      CONSOLE_VIEWERS: people.viewer,
      FIRESTORE_EMULATOR_HOST: `127.0.0.1:${stack.ports.firestore}`,
      CLOUD_TASKS_EMULATOR_HOST: `127.0.0.1:${stack.ports.cloudTasks}`,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const close = async (): Promise<void> => {
    const exited = child.exitCode === null ? once(child, 'exit') : undefined;
    child.kill('SIGTERM');
    await exited;
    await iap.close();
  };
  try {
    // Browsers take cookies that are for HTTPS alone from this host name too.
    return { url: `http://localhost:${await listeningPort(child)}`, iap, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function listeningPort(child: ChildProcess): Promise<number> {
  if (child.stdout === null) throw new Error('The console was started without its output');
  const lines = createInterface({ input: child.stdout });
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`The console ended with ${code} before it listened`)));
    lines.on('line', (line) => {
      const { message, port } = JSON.parse(line) as { message: string; port: number };
      if (message === 'listening') resolve(port);
    });
  });
}
