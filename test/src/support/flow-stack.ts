import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type LocalStack, type LocalStackOptions, startLocalStack } from '@waybill/local-stack';
import { firestoreFaults, TIME_FACTOR } from './rerun-mode.ts';

/** The repository's root. */
export const rootDir = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))));

/** How long a flow waits for one thing to happen before it fails. Slow machines take longer, but not that long. */
export const EVENT_TIMEOUT_MS = 30_000 * TIME_FACTOR;

/** A new folder for a stack's data. */
export function newDataDir(): string {
  return mkdtempSync(join(tmpdir(), 'waybill-flow-'));
}

/** Removes such a folder. */
export function removeDataDir(dataDir: string): void {
  rmSync(dataDir, { recursive: true, force: true });
}

/** Flows cancel and decline more orders of one address and one client than a shop allows. */
export const WITHOUT_LIMITS = {
  MAX_DECLINES_PER_ADDRESS: '0',
  MAX_DECLINES_PER_CLIENT: '0',
  MAX_CANCELLATION_MAILS_PER_ADDRESS: '0',
  MAX_CANCELLATION_MAILS_PER_CLIENT: '0',
};

/** The whole system as `npm start` starts it, on free ports. */
export function startFlowStack(
  dataDir: string,
  options: Pick<LocalStackOptions, 'services' | 'queuesFile' | 'serviceEnvironment' | 'taskTarget'> = {},
): Promise<LocalStack> {
  return startLocalStack({
    rootDir,
    dataDir,
    environment: process.env,
    ...(firestoreFaults && { firestoreFaults }),
    ...options,
    serviceEnvironment: { ...WITHOUT_LIMITS, ...options.serviceEnvironment },
  });
}
