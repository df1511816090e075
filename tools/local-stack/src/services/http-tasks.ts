import { callLoopback } from '../clients/call-loopback.ts';
import { HOST, PROJECT } from '../settings/local-settings.ts';

/** How tasks get to the worker: through App Engine, or over HTTP with ID tokens, as on Cloud Run. */
export const TASK_TARGETS = ['app-engine', 'http'] as const;
export type TaskTargetName = (typeof TASK_TARGETS)[number];

/** The account whose tokens tasks and the sweep come with. It is no real one. */
const SERVICE_ACCOUNT = `tasks@${PROJECT}.iam.gserviceaccount.com`;
const TOKEN_TIMEOUT_MS = 5_000;

interface HttpTaskPorts {
  readonly frontDoor: number;
  readonly cloudTasks: number;
}

/** What the services find in their environment where tasks come over HTTP. */
export function httpTaskSettings({ frontDoor, cloudTasks }: HttpTaskPorts): Record<string, string> {
  const issuer = `http://${HOST}:${cloudTasks}`;
  return {
    TASK_TARGET: 'http',
    WORKER_URL: workerUrl(frontDoor),
    TASK_SERVICE_ACCOUNT: SERVICE_ACCOUNT,
    OIDC_ISSUER: issuer,
    OIDC_KEYS_URL: `${issuer}/oauth2/v3/certs`,
  };
}

/** The headers by which Cloud Scheduler's requests are known there: the Cloud Tasks emulator signs for it too. */
export async function schedulerHeaders({
  frontDoor,
  cloudTasks,
}: HttpTaskPorts): Promise<Record<string, string>> {
  const { status, text } = await callLoopback({
    port: cloudTasks,
    method: 'POST',
    path: '/emulator/id-token',
    body: { serviceAccountEmail: SERVICE_ACCOUNT, audience: workerUrl(frontDoor) },
    signal: AbortSignal.timeout(TOKEN_TIMEOUT_MS),
  });
  if (status !== 200) throw new Error(`Cloud Tasks gave no ID token for the sweep: ${status} ${text}`);
  const { token } = JSON.parse(text) as { token: string };
  return { Authorization: `Bearer ${token}` };
}

/** The front door gives a service its requests by the host. */
function workerUrl(frontDoorPort: number): string {
  return `http://worker.localhost:${frontDoorPort}`;
}
