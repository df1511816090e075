import { DeploymentError } from '../deployment-error.ts';

const TIMEOUT_MS = 60_000;
/** A new version may answer 404 or 503 for a while until its address is known everywhere. */
const PAUSE_MS = 2_000;

/** Paths that must answer 200 before a service gets traffic. `/readyz` reads from Firestore. */
const PATHS: Readonly<Record<string, readonly string[]>> = {
  default: ['/readyz', '/', '/api/products'],
};

/** The paths that are asked of a service's new version. */
export function smokePaths(service: string): readonly string[] {
  return PATHS[service] ?? ['/readyz'];
}

/** Whether a version was seen to serve, or Identity-Aware Proxy answered in its place. */
export type SmokeResult = 'serves' | 'behind-iap';

/** Header of Identity-Aware Proxy's own responses. Source: Identity-Aware Proxy, "Error codes". */
const IAP_HEADER = 'x-goog-iap-generated-response';

/**
 * Asks a new version at its own address until each path answers 200, for a minute at most.
 * @returns `behind-iap` where Identity-Aware Proxy lets nobody through who is not signed in
 * @throws {DeploymentError} naming the path and its last answer
 */
export async function smokeTest(
  url: string,
  paths: readonly string[],
  timing: { timeoutMs?: number; pauseMs?: number } = {},
): Promise<SmokeResult> {
  const { timeoutMs = TIMEOUT_MS, pauseMs = PAUSE_MS } = timing;
  const deadlineMs = performance.now() + timeoutMs;
  for (const path of paths) {
    for (;;) {
      const answer = await ask(new URL(path, url));
      if (answer === 200) break;
      if (answer === 'behind-iap') return answer;
      if (performance.now() >= deadlineMs) {
        throw new DeploymentError(`${new URL(path, url)} must answer 200, got ${answer} for ${timeoutMs} ms`);
      }
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }
  return 'serves';
}

async function ask(url: URL): Promise<number | string> {
  try {
    const response = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(30_000) });
    await response.body?.cancel();
    return response.headers.get(IAP_HEADER) === 'true' ? 'behind-iap' : response.status;
  } catch (error) {
    return (error as Error).message;
  }
}
