// For main.ts and config.ts of every service: settings, and the start of its process.

export { asciiLowerCase } from './ascii-lower-case.ts';
export { ConfigError, loadConfig, type Setting, setting } from './config.ts';
export { isLoopbackHost, isProtectedUrl, requireProtectedUrl } from './outgoing-url.ts';
export type { LoadedService } from './process/lazy-service.ts';
export { type ProcessConfig, processSettings } from './process/process-settings.ts';
export { type StartServiceOptions, startService } from './process/start-service.ts';
export { type BegunConfig, beginConfig, SecretsUnavailableError } from './secrets/begin-config.ts';

// For whatever tells who sends a request.

export { claimedEmail } from './claimed-email.ts';
export { CLOCK_TOLERANCE_SECONDS, isIssuedInFuture } from './token-times.ts';

// For app.ts and the routes of every service: a Koa application, its errors and its bodies.

export { type ClientAddressSource, clientAddress, clientAddressSource } from './http/client-address.ts';
export {
  createService,
  type Service,
  type ServiceContext,
  type ServiceOptions,
  type ServiceState,
} from './http/create-service.ts';
export { denialFields } from './http/denial-fields.ts';
export { duplicateMember } from './http/duplicate-member.ts';
export { isFromAnotherSite } from './http/is-from-another-site.ts';
export { parseJson } from './http/parse-json.ts';
export { readFormBody } from './http/read-form-body.ts';
export { readJsonBody } from './http/read-json-body.ts';
export { addSecurityHeaders, permissionsPolicy } from './http/security-headers.ts';
export {
  PROBLEM_MEDIA_TYPE,
  type ProblemDocument,
  ServiceError,
  type ServiceErrorOptions,
  toProblemDocument,
  toServiceError,
} from './http/service-error.ts';

// For whatever logs: services, the task runtime and tools.

export { describeError, type ErrorDescription } from './logging/describe-error.ts';
export {
  createLogger,
  type LogFields,
  type Logger,
  type LoggerOptions,
  type LogLevel,
} from './logging/logger.ts';
export { maskPersonalData } from './logging/mask-personal-data.ts';
export { printableText } from './logging/printable-text.ts';
export { readTrace, type Trace, traceLogFields } from './logging/trace.ts';

// For whatever waits for another process: services, the task runtime and tools.

export { withTimeout } from './process/with-timeout.ts';

// For servers that are not a service's main.ts: test beds and tools.

export {
  type RunningService,
  type RunServiceOptions,
  runService,
} from './process/run-service.ts';
export {
  createShutdown,
  type Shutdown,
  type ShutdownOptions,
  type SignalSource,
} from './process/shutdown.ts';
