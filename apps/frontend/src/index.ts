export { createFrontend, type FrontendOptions } from './app.ts';
export { type ClientSettings, type Clients, createClients } from './clients.ts';
export { type FrontendConfig, loadFrontendConfig } from './config.ts';
export { openApiDocument } from './openapi-document.ts';
