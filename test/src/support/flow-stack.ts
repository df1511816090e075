import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type LocalStack, type LocalStackOptions, startLocalStack } from '@waybill/local-stack';

/** The repository's root. */
export const rootDir = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))));

/** Factor of all timeouts of flows while their transactions run twice. */
export const RERUN_TIME_FACTOR = 4;
/** How long a flow waits for one thing to happen before it fails. Slow machines take longer, but not that long. */
export const EVENT_TIMEOUT_MS = 30_000 * (firestoreFaults(process.env) === undefined ? 1 : RERUN_TIME_FACTOR);

/** A new folder for a stack's data. */
export function newDataDir(): string {
  return mkdtempSync(join(tmpdir(), 'waybill-flow-'));
}

/** Removes such a folder. */
export function removeDataDir(dataDir: string): void {
  rmSync(dataDir, { recursive: true, force: true });
}

/**
 * Reads the share of transactions that run twice in flows from FLOW_RERUN_SHARE, from 0 to 1, and the seed that chooses
 * them from FLOW_RERUN_SEED. A function with an effect outside of its transaction shows then. The default is none, as the
 * client waits about a second before each rerun.
 */
function firestoreFaults(
  environment: Readonly<Record<string, string | undefined>>,
): Record<string, number> | undefined {
  const share = environment['FLOW_RERUN_SHARE'];
  if (share === undefined || share === '') return undefined;
  return { seed: Number(environment['FLOW_RERUN_SEED'] ?? 1), rerunShare: Number(share) };
}

/** The whole system as `npm start` starts it, on free ports. */
export function startFlowStack(
  dataDir: string,
  options: Pick<LocalStackOptions, 'services' | 'queuesFile' | 'serviceEnvironment' | 'taskTarget'> = {},
): Promise<LocalStack> {
  const faults = firestoreFaults(process.env);
  return startLocalStack({
    rootDir,
    dataDir,
    environment: process.env,
    ...(faults && { firestoreFaults: faults }),
    ...options,
  });
}
