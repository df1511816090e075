export { type ApiAnswer, type ApiCall, OpenApiChecker } from './openapi-checker.ts';
