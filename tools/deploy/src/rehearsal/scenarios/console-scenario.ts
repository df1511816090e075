import { DeploymentError } from '../../deployment-error.ts';
import type { Scenario } from '../scenario.ts';

/** Pages and programs' paths alike. */
const FOR_OPERATORS = ['/', '/dead-letters', '/api/queues', '/api/tasks'];

/**
 * Reads from Firestore, and lets nobody in: in a rehearsal there is no Identity-Aware Proxy that vouches for anybody, so
 * neither a request without its assertion nor one with a forged one may see anything.
 */
export const consoleScenario: Scenario = async ({ serviceUrl, timeoutMs }) => {
  const statusOf = async (path: string, headers: Record<string, string> = {}): Promise<number> => {
    const response = await fetch(`${serviceUrl}${path}`, {
      headers,
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    });
    await response.body?.cancel();
    return response.status;
  };
  const ready = await statusOf('/readyz');
  if (ready !== 200) throw new DeploymentError(`GET /readyz must answer 200, got ${ready}`);
  for (const path of FOR_OPERATORS) {
    for (const headers of [
      {},
      { 'X-Goog-IAP-JWT-Assertion': 'forged', 'X-Goog-Authenticated-User-Email': 'ops' },
    ]) {
      const status = await statusOf(path, headers);
      if (status !== 403) {
        throw new DeploymentError(`GET ${path} must answer 403 to whom nobody vouches for, got ${status}`);
      }
    }
  }
  return `ready, and ${FOR_OPERATORS.length} pages refused to whom nobody vouches for`;
};
