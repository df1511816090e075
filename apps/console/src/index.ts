export { loadConsoleConfig } from './config.ts';
