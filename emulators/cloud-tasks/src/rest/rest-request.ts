import type * as Protobuf from 'protobufjs';
import { type FieldViolation, invalidArgument } from '../engine/cloud-tasks-error.ts';
import type { RestCall } from './routes.ts';
import { checkJson, checkQueryValue, fieldNamed } from './strict-json.ts';

/** Query parameters of Google's that say how to answer, not what. */
const SYSTEM_PARAMETERS =
  /^(\$?alt|\$?prettyPrint|pp|key|\$?fields|quotaUser|uploadType|upload_protocol|access_token|oauth_token|callback|\$\.xgafv|\$httpHeaders|\$unique|\$apiVersion)$/;

/**
 * The request message of a call, in the form in which it would come over gRPC.
 * @throws {CloudTasksError} INVALID_ARGUMENT with all problems at once
 */
export function readRestRequest(
  type: Protobuf.Type,
  call: RestCall,
  query: URLSearchParams,
  text: string,
): Record<string, unknown> {
  const json: Record<string, unknown> = {};
  const violations: FieldViolation[] = [];
  const report = (violation: FieldViolation): number => violations.push(violation);
  if (call.body !== 'none' && text !== '') {
    const body = parseJson(text);
    if (call.body === 'request') Object.assign(json, body);
    else json[call.body.field] = body;
  }
  const checked = checkJson(type, json, { path: '', report });
  readQuery(type, query, checked, report);
  refuseViolations(violations);
  for (const [field, name] of Object.entries(call.fields)) {
    const [outer = '', inner] = field.split('.');
    checked[outer] =
      inner === undefined ? name : { ...(checked[outer] as object | undefined), [inner]: name };
  }
  return type.toObject(type.fromObject(checked), {
    longs: Number,
    enums: String,
    defaults: true,
    oneofs: true,
  });
}

/** Adds the parameters of the query to the request. An empty mask counts as an absent one. */
function readQuery(
  type: Protobuf.Type,
  query: URLSearchParams,
  request: Record<string, unknown>,
  report: (violation: FieldViolation) => void,
): void {
  for (const [key, value] of query) {
    if (SYSTEM_PARAMETERS.test(key)) continue;
    const field = fieldNamed(type, key);
    if (field === undefined) {
      report({
        description: `Invalid JSON payload received. Unknown name "${key}": Cannot bind query parameter. Field '${key}' could not be found in request message.`,
      });
    } else if (value !== '' || field.resolvedType?.fullName !== '.google.protobuf.FieldMask') {
      request[field.name] = checkQueryValue(field, value, report);
    }
  }
}

function refuseViolations(violations: readonly FieldViolation[]): void {
  if (violations.length === 0) return;
  throw invalidArgument(violations.map(({ description }) => description).join('\n'), {
    type: 'BadRequest',
    fields: { fieldViolations: violations },
  });
}

function parseJson(text: string): object {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw invalidArgument(`Invalid JSON payload received. ${(error as Error).message}`);
  }
  if (typeof json === 'object' && json !== null && !Array.isArray(json)) return json;
  const description = 'Invalid JSON payload received. Unknown name "": Root element must be a message.';
  throw invalidArgument(description, { type: 'BadRequest', fields: { fieldViolations: [{ description }] } });
}
