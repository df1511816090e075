export { type ApiCall, type ApiResponse, OpenApiChecker } from './openapi-checker.ts';
