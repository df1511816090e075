import { fileURLToPath } from 'node:url';

/** The entry points of the emulators that run as processes of their own. */
export const emulatorScripts = {
  'firestore-emulator': scriptOf('@waybill/firestore-emulator', 'main.ts'),
  'cloud-tasks-emulator': scriptOf('@waybill/cloud-tasks-emulator', 'main.ts'),
  'payment-sandbox': scriptOf('@waybill/sandboxes', 'payment/main.ts'),
  mailbox: scriptOf('@waybill/sandboxes', 'mail/main.ts'),
  warehouse: scriptOf('@waybill/sandboxes', 'warehouse/main.ts'),
} as const;

/** The name of an emulator's process. */
export type EmulatorName = keyof typeof emulatorScripts;

/** A file beside the module that a package exports. */
function scriptOf(packageName: string, file: string): string {
  return fileURLToPath(new URL(file, import.meta.resolve(packageName)));
}
