import type * as Protobuf from 'protobufjs';
import { type FieldViolation, RestRequestError } from './field-violation.ts';
import type { RestCall } from './http-rule.ts';
import { checkJson, checkQueryValue, fieldNamed, toProtoPath } from './strict-json.ts';

/** Query parameters of Google's that say how to answer, not what. */
const SYSTEM_PARAMETERS =
  /^(\$?alt|\$?prettyPrint|pp|key|\$?fields|quotaUser|uploadType|upload_protocol|access_token|oauth_token|callback|\$\.xgafv|\$httpHeaders|\$unique|\$apiVersion)$/;

/**
 * Reads the request message of a call in the plain form that `Type.fromObject` takes.
 * @throws {RestRequestError} with all problems at once
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
  return checked;
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
    const place = findField(type, key, request);
    if (place === undefined) {
      report({
        description: `Invalid JSON payload received. Unknown name "${key}": Cannot bind query parameter. Field '${key}' could not be found in request message.`,
      });
    } else if (value !== '' || place.field.resolvedType?.fullName !== '.google.protobuf.FieldMask') {
      const { field, holder } = place;
      const checked = checkQueryValue(field, value, { path: toProtoPath(key), report });
      const before = holder[field.name] as unknown[] | undefined;
      holder[field.name] = field.repeated ? [...(before ?? []), checked] : checked;
    }
  }
}

/** Finds the field that a parameter such as `mask.fieldPaths` names, and makes the messages around it. */
function findField(
  type: Protobuf.Type,
  key: string,
  request: Record<string, unknown>,
): { field: Protobuf.Field; holder: Record<string, unknown> } | undefined {
  const [first = '', ...rest] = key.split('.');
  const field = fieldNamed(type, first);
  if (field === undefined || field.map) return undefined;
  if (rest.length === 0) return { field, holder: request };
  const { resolvedType } = field;
  if (resolvedType === null || !('fields' in resolvedType) || field.repeated) return undefined;
  const inner = { ...(request[field.name] as Record<string, unknown> | undefined) };
  const found = findField(resolvedType, rest.join('.'), inner);
  if (found !== undefined) request[field.name] = inner;
  return found;
}

function refuseViolations(violations: readonly FieldViolation[]): void {
  if (violations.length === 0) return;
  throw new RestRequestError(violations.map(({ description }) => description).join('\n'), violations);
}

function parseJson(text: string): object {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new RestRequestError(`Invalid JSON payload received. ${(error as Error).message}`);
  }
  if (typeof json === 'object' && json !== null && !Array.isArray(json)) return json;
  const description = 'Invalid JSON payload received. Unknown name "": Root element must be a message.';
  throw new RestRequestError(description, [{ description }]);
}
