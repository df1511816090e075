import { folderOfService } from '@waybill/google-config';

/** The folder of a service, from the root: `apps/billing`. */
export function serviceFolder(service: string): string {
  return `apps/${folderOfService(service)}`;
}

/** The folder of a service's handlers: one file and one test for each contract, and their table. */
export function handlersFolder(service: string): string {
  return `${serviceFolder(service)}/src/tasks`;
}

/** The table of a service's handlers. */
export function handlerTable(service: string): string {
  return `${handlersFolder(service)}/index.ts`;
}
