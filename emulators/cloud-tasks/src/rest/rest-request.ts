import { fromProto3JSON } from 'proto3-json-serializer';
import type * as Protobuf from 'protobufjs';
import { invalidArgument } from '../engine/cloud-tasks-error.ts';
import type { RestCall } from './routes.ts';
import { checkJson } from './strict-json.ts';

/** Query parameters of Google's that say how to answer, not what. */
const SYSTEM_PARAMETERS =
  /^(\$?alt|prettyPrint|key|fields|quotaUser|uploadType|access_token|\$\.xgafv|\$httpHeaders|\$unique|\$prettyPrint)$/;

/** The request message of a call, in the form in which it would come over gRPC. */
export function readRestRequest(
  type: Protobuf.Type,
  call: RestCall,
  query: URLSearchParams,
  text: string,
): Record<string, unknown> {
  const json: Record<string, unknown> = {};
  if (call.body !== 'none' && text !== '') {
    const body = parseJson(text);
    if (call.body === 'request') Object.assign(json, body);
    else json[call.body.field] = body;
  }
  for (const [key, value] of query) {
    if (!SYSTEM_PARAMETERS.test(key)) json[key] = key === 'updateMask' ? { paths: value.split(',') } : value;
  }
  for (const [field, name] of Object.entries(call.fields)) {
    const [outer = '', inner] = field.split('.');
    json[outer] = inner === undefined ? name : { ...(json[outer] as object | undefined), [inner]: name };
  }
  const { updateMask, ...rest } = json;
  const message = fromProto3JSON(type, checkJson(type, rest) as never);
  const plain = type.toObject(message ?? type.create(), {
    longs: Number,
    enums: String,
    defaults: true,
    oneofs: true,
  });
  return updateMask === undefined ? plain : { ...plain, updateMask };
}

function parseJson(text: string): object {
  try {
    const json: unknown = JSON.parse(text);
    if (typeof json === 'object' && json !== null && !Array.isArray(json)) return json;
  } catch {
    // Falls through to the one refusal for both.
  }
  throw invalidArgument('Invalid JSON payload received. Expected an object.');
}
