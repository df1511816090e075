import { dirname } from 'node:path';

/** The project of the local stack. It is no real one, so nothing can be reached by mistake. */
export const PROJECT = 'waybill-local';
/** Where its queues are; `uc` in App Engine's host names. */
export const LOCATION = 'us-central1';
/** Any key will do for the payment sandbox, as long as it looks like one of Stripe's for tests. */
export const PAYMENT_KEY = 'sk_test_local';
/** What the worker signs its webhooks with, and the local warehouse checks. */
export const WAREHOUSE_SECRET = 'whsec_local_0123456789abcdef';
/** Everything listens here, and nowhere else. */
export const HOST = '127.0.0.1';

/** Google's clients look for a metadata server when they start: nothing may leave the machine. */
const NO_METADATA_SERVER = { METADATA_SERVER_DETECTION: 'none', GCE_METADATA_HOST: '127.0.0.1:9' };

/**
 * Of the user's environment: credentials and settings of real clouds stay out. NODE_COMPILE_CACHE halves what the start
 * of eight processes compiles.
 */
const INHERITED = ['HOME', 'LANG', 'LC_ALL', 'NODE_COMPILE_CACHE', 'PATH', 'TMPDIR', 'TZ'];

/**
 * What every process of the stack finds in its environment.
 * @param nodePath the node that runs the stack, which `node` in an entry point must be too
 */
export function inheritedEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
  nodePath: string,
): Record<string, string> {
  const entries = INHERITED.flatMap((name): [string, string][] => {
    const value = environment[name];
    return value === undefined ? [] : [[name, value]];
  });
  const path = [dirname(nodePath), environment['PATH']].filter(Boolean).join(':');
  return { ...Object.fromEntries(entries), PATH: path, ...NO_METADATA_SERVER };
}

/** By what the services find the emulators instead of the real thing. */
export function serviceOverlay(ports: {
  cloudTasks: number;
  firestore: number;
  smtp: number;
  payments: number;
  warehouse: number;
}): Record<string, string> {
  return {
    ...NO_METADATA_SERVER,
    GOOGLE_CLOUD_PROJECT: PROJECT,
    TASKS_LOCATION: LOCATION,
    CLOUD_TASKS_EMULATOR_HOST: `${HOST}:${ports.cloudTasks}`,
    FIRESTORE_EMULATOR_HOST: `${HOST}:${ports.firestore}`,
    SMTP_URL: `smtp://${HOST}:${ports.smtp}`,
    STRIPE_API_BASE: `http://${HOST}:${ports.payments}`,
    STRIPE_API_KEY: PAYMENT_KEY,
    WAREHOUSE_URL: `http://${HOST}:${ports.warehouse}/shipments`,
    WAREHOUSE_SECRET,
  };
}

/** What single services find beside that, by the names of their folders in apps/. */
export function serviceSettings(control: {
  url: string;
  token: string;
}): Readonly<Record<string, Readonly<Record<string, string>>>> {
  return {
    // There is no Identity-Aware Proxy here: whoever sits at the machine is an operator.
    console: {
      CONSOLE_ACCESS: 'local',
      LOCAL_STACK_CONTROL_URL: control.url,
      LOCAL_STACK_CONTROL_TOKEN: control.token,
    },
  };
}
