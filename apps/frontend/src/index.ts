export { createFrontend, type FrontendOptions } from './app.ts';
export { type FrontendConfig, loadFrontendConfig } from './config.ts';
export { openApiDocument } from './openapi/openapi-document.ts';
