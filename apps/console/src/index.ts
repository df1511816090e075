export { createIapAccess, type IapAccessOptions } from './access/iap-access.ts';
export type { Access, Identity, Role } from './access/identity.ts';
export { createLocalAccess } from './access/local-access.ts';
export { type ConsoleOptions, createConsole } from './app.ts';
export { type ConsoleConfig, loadConsoleConfig } from './config.ts';
