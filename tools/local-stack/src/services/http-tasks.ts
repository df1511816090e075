import { serviceOfFolder } from '@waybill/google-config';
import { callLoopback } from '../clients/call-loopback.ts';
import { HOST, PROJECT } from '../settings/local-settings.ts';

/** How tasks get to the worker: through App Engine, or over HTTP with ID tokens, as on Cloud Run. */
export const TASK_TARGETS = ['app-engine', 'http'] as const;
export type TaskTargetName = (typeof TASK_TARGETS)[number];

/** Account of the tokens that tasks and the sweep carry. It does not exist at Google. */
const SERVICE_ACCOUNT = `tasks@${PROJECT}.iam.gserviceaccount.com`;
const TOKEN_TIMEOUT_MS = 5_000;

interface HttpTaskPorts {
  readonly frontDoor: number;
  readonly cloudTasks: number;
}

/**
 * Environment variables of the services when tasks come over HTTP.
 * @param folders the services, by the names of their folders in apps/
 */
export function httpTaskSettings(
  { frontDoor, cloudTasks }: HttpTaskPorts,
  folders: readonly string[],
): Record<string, string> {
  const issuer = `http://${HOST}:${cloudTasks}`;
  return {
    TASK_TARGET: 'http',
    // Those that do no tasks have an address as well: none is asked for.
    TASK_SERVICE_URLS: folders
      .map(serviceOfFolder)
      .map((service) => `${service}=${serviceUrl(service, frontDoor)}`)
      .join(' '),
    TASK_SERVICE_ACCOUNT: SERVICE_ACCOUNT,
    OIDC_ISSUER: issuer,
    OIDC_KEYS_URL: `${issuer}/oauth2/v3/certs`,
  };
}

/**
 * Headers of Cloud Scheduler's requests. The Cloud Tasks emulator signs their token too.
 * @param target the service that the job is for
 */
export async function schedulerHeaders(
  { frontDoor, cloudTasks }: HttpTaskPorts,
  target = 'default',
): Promise<Record<string, string>> {
  const { status, text } = await callLoopback({
    port: cloudTasks,
    method: 'POST',
    path: '/emulator/id-token',
    body: { serviceAccountEmail: SERVICE_ACCOUNT, audience: serviceUrl(target, frontDoor) },
    signal: AbortSignal.timeout(TOKEN_TIMEOUT_MS),
  });
  if (status !== 200) throw new Error(`Cloud Tasks gave no ID token for the sweep: ${status} ${text}`);
  const { token } = JSON.parse(text) as { token: string };
  return { Authorization: `Bearer ${token}` };
}

/** Address of a service: the front door routes by host. */
function serviceUrl(service: string, frontDoorPort: number): string {
  return `http://${service === 'default' ? '' : `${service}.`}localhost:${frontDoorPort}`;
}
