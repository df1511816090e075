// For emulators: REST as Google maps it onto gRPC.

export { type FieldViolation, RestRequestError } from './field-violation.ts';
export {
  type HttpRule,
  httpRuleOf,
  matchRestRoute,
  type RestCall,
  type RestRoute,
  toRestRoute,
} from './http-rule.ts';
export { notFoundPage } from './not-found-page.ts';
export { HTTP_STATUS, type RestRefusal, type RestStatus, restErrorBody } from './rest-error.ts';
export {
  methodOf,
  type ResponseForm,
  readText,
  responseForm,
  sendRestError,
  sendRestJson,
} from './rest-exchange.ts';
export { readRestRequest } from './rest-request.ts';
export type { SecondsAndNanos } from './seconds-and-nanos.ts';
export { writeJson } from './write-json.ts';
