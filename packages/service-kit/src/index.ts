export { DEFAULT_BODY_LIMIT_BYTES } from './body-text.ts';
export type { Setting } from './config.ts';
export { ConfigError, loadConfig, setting } from './config.ts';
export type { ErrorDescription } from './error-description.ts';
export { describeError } from './error-description.ts';
export type { ProblemDocument, ServiceErrorOptions } from './errors.ts';
export {
  codeOfStatus,
  PROBLEM_MEDIA_TYPE,
  ServiceError,
  toProblemDocument,
  toServiceError,
} from './errors.ts';
export { readFormBody } from './form-body.ts';
export { readJsonBody } from './json-body.ts';
export type { Service, ServiceContext, ServiceOptions, ServiceState } from './koa-service.ts';
export { createService } from './koa-service.ts';
export type { LazyService, LoadedService } from './lazy-service.ts';
export { createLazyService } from './lazy-service.ts';
export type { LogFields, Logger, LoggerOptions, LogLevel } from './logger.ts';
export { createLogger, LOG_LEVELS } from './logger.ts';
export type { RunningService, RunServiceOptions } from './run-service.ts';
export { runService } from './run-service.ts';
export type { Shutdown, ShutdownOptions, SignalSource } from './shutdown.ts';
export { createShutdown } from './shutdown.ts';
export type { Trace } from './trace.ts';
export { readTrace, traceLogFields } from './trace.ts';
