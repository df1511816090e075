// Reflection and health for gRPC servers: an entry of its own, for it loads libraries that not every emulator needs.
export type { MessageTypes } from './describe-files.ts';
export { StandardServices } from './standard-services.ts';
