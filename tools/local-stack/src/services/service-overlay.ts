import { LOCAL_ORDER_LINK_KEYS } from '@waybill/orders/settings';
import { NO_METADATA_SERVER } from '../settings/inherited-environment.ts';
import { HOST, LOCATION, PAYMENT_KEY, PROJECT, WAREHOUSE_SECRET } from '../settings/local-settings.ts';

/** Environment variables that point the services at the emulators. */
export function serviceOverlay(ports: {
  frontDoor: number;
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
    ORDER_LINK_KEYS: LOCAL_ORDER_LINK_KEYS,
    SHOP_URL: `http://localhost:${ports.frontDoor}`,
  };
}

/** Environment variables of single services, by the names of their folders in apps/. */
export function serviceSettings(control: {
  url: string;
  token: string;
}): Readonly<Record<string, Readonly<Record<string, string>>>> {
  return {
    // There is no Identity-Aware Proxy here: the person at the machine is an operator.
    console: {
      CONSOLE_ACCESS: 'local',
      LOCAL_STACK_CONTROL_URL: control.url,
      LOCAL_STACK_CONTROL_TOKEN: control.token,
    },
  };
}
