export type { Setting } from './config.ts';
export { ConfigError, loadConfig, setting } from './config.ts';
export type { Service, ServiceContext, ServiceOptions, ServiceState } from './http/create-service.ts';
export { createService } from './http/create-service.ts';
export { parseJson } from './http/parse-json.ts';
export { DEFAULT_BODY_LIMIT_BYTES } from './http/read-body-text.ts';
export { readFormBody } from './http/read-form-body.ts';
export { readJsonBody } from './http/read-json-body.ts';
export { addSecurityHeaders } from './http/security-headers.ts';
export type { ProblemDocument, ServiceErrorOptions } from './http/service-error.ts';
export {
  codeOfStatus,
  PROBLEM_MEDIA_TYPE,
  ServiceError,
  toProblemDocument,
  toServiceError,
} from './http/service-error.ts';
export type { ErrorDescription } from './logging/describe-error.ts';
export { describeError } from './logging/describe-error.ts';
export type { LogFields, Logger, LoggerOptions, LogLevel } from './logging/logger.ts';
export { createLogger, LOG_LEVELS } from './logging/logger.ts';
export type { Trace } from './logging/trace.ts';
export { readTrace, traceLogFields } from './logging/trace.ts';
export type { LazyService, LoadedService } from './process/lazy-service.ts';
export { createLazyService } from './process/lazy-service.ts';
export type { ProcessConfig } from './process/process-settings.ts';
export { processSettings } from './process/process-settings.ts';
export type { RunningService, RunServiceOptions } from './process/run-service.ts';
export { PortTakenError, runService } from './process/run-service.ts';
export type { Shutdown, ShutdownOptions, SignalSource } from './process/shutdown.ts';
export { createShutdown } from './process/shutdown.ts';
export type { StartServiceOptions } from './process/start-service.ts';
export { startService } from './process/start-service.ts';
