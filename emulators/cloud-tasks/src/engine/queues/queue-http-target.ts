import { type CloudTasksError, invalidArgument } from '../cloud-tasks-error.ts';
import { checkEmail } from '../service-account.ts';
import { isDroppedHeader } from '../tasks/stored-headers.ts';

/** What a queue overrides in the requests of its HTTP tasks: the API's HttpTarget as it was given. */
export interface QueueHttpTarget {
  readonly uriOverride?: UriOverride;
  /** A name of the API's HttpMethod. */
  readonly httpMethod?: string;
  readonly headerOverrides?: readonly { readonly header: { readonly key: string; readonly value: string } }[];
  readonly oauthToken?: { readonly serviceAccountEmail: string; readonly scope: string };
  readonly oidcToken?: { readonly serviceAccountEmail: string; readonly audience: string };
}

/** Parts of a URL. An absent one is not overridden. */
export interface UriOverride {
  readonly scheme?: string;
  readonly host?: string;
  readonly port?: number;
  readonly pathOverride?: { readonly path: string };
  readonly queryOverride?: { readonly queryParams: string };
  readonly uriOverrideEnforceMode?: string;
}

/** An HttpTarget message as protobuf decodes it: enums as names, or as numbers that the enum lacks. */
export interface HttpTargetMessage {
  readonly uriOverride?: {
    readonly scheme?: unknown;
    readonly host?: string | null;
    readonly port?: unknown;
    readonly pathOverride?: { readonly path?: string } | null;
    readonly queryOverride?: { readonly queryParams?: string } | null;
    readonly uriOverrideEnforceMode?: unknown;
  } | null;
  readonly httpMethod?: unknown;
  readonly headerOverrides?: readonly { readonly header?: { key?: string; value?: string } | null }[] | null;
  readonly oauthToken?: { readonly serviceAccountEmail?: string; readonly scope?: string } | null;
  readonly oidcToken?: { readonly serviceAccountEmail?: string; readonly audience?: string } | null;
}

/**
 * Reads the HttpTarget of a request, without defaults filled in.
 * @throws {CloudTasksError} INVALID_ARGUMENT for a value that the service refuses
 */
export function readHttpTarget(message: HttpTargetMessage): QueueHttpTarget {
  const { uriOverride, httpMethod, headerOverrides, oauthToken, oidcToken } = message;
  const uri = uriOverride ? readUriOverride(uriOverride) : undefined;
  const method = enumName(httpMethod);
  for (const token of [oauthToken, oidcToken]) if (token) checkEmail(token.serviceAccountEmail ?? '');
  const headers = (headerOverrides ?? []).flatMap(({ header }) =>
    header ? [{ header: { key: header.key ?? '', value: header.value ?? '' } }] : [],
  );
  checkHeaderNames(headers.map(({ header }) => header.key));
  return {
    ...(uri && { uriOverride: uri }),
    ...(method !== 'HTTP_METHOD_UNSPECIFIED' && { httpMethod: method }),
    ...(headers.length > 0 && { headerOverrides: headers }),
    ...(oauthToken && {
      oauthToken: {
        serviceAccountEmail: oauthToken.serviceAccountEmail ?? '',
        scope: oauthToken.scope ?? '',
      },
    }),
    ...(oidcToken && {
      oidcToken: {
        serviceAccountEmail: oidcToken.serviceAccountEmail ?? '',
        audience: oidcToken.audience ?? '',
      },
    }),
  };
}

/** Checks that something is overridden. @throws {CloudTasksError} */
export function checkUriOverride(uri: UriOverride): void {
  const { scheme, host, port, pathOverride, queryOverride } = uri;
  if (host === '') throw invalidTarget('Invalid Host.');
  if (port !== undefined && port < 0) throw invalidTarget('Port number should be a positive integer.');
  if ([scheme, host, port, pathOverride, queryOverride].every((part) => part === undefined)) {
    throw invalidTarget('Invalid uri_override.');
  }
}

function readUriOverride(message: NonNullable<HttpTargetMessage['uriOverride']>): UriOverride {
  const { scheme, host, port, pathOverride, queryOverride, uriOverrideEnforceMode } = message;
  const mode = enumName(uriOverrideEnforceMode ?? 'URI_OVERRIDE_ENFORCE_MODE_UNSPECIFIED');
  const uri: UriOverride = {
    ...(scheme !== undefined && scheme !== null && { scheme: enumName(scheme) }),
    ...(typeof host === 'string' && { host }),
    ...(port !== undefined && port !== null && { port: Number(port) }),
    ...(pathOverride && { pathOverride: { path: pathOverride.path ?? '' } }),
    ...(queryOverride && { queryOverride: { queryParams: queryOverride.queryParams ?? '' } }),
    ...(mode !== 'URI_OVERRIDE_ENFORCE_MODE_UNSPECIFIED' && { uriOverrideEnforceMode: mode }),
  };
  checkUriOverride(uri);
  return uri;
}

/** The name of an enum value. @throws {CloudTasksError} for a number that the enum lacks */
function enumName(value: unknown): string {
  if (typeof value === 'number') throw invalidTarget('');
  return String(value ?? 'HTTP_METHOD_UNSPECIFIED');
}

function checkHeaderNames(names: readonly string[]): void {
  const invalid = names.filter(
    (name) =>
      name === '' ||
      name.includes(':') ||
      isDroppedHeader(name) ||
      /^(user-agent$|x-cloudtasks-)/i.test(name),
  );
  if (invalid.length === 0) return;
  throw invalidArgument(
    `Error in parsing HttpTarget.headers. Header name cannot be empty or start with reserved prefixes. Invalid headers found: ${invalid.join(', ')}`,
  );
}

function invalidTarget(problem: string): CloudTasksError {
  return invalidArgument(`Error in parsing HttpTarget. ${problem}`, {
    type: 'ErrorInfo',
    fields: {
      reason: 'INVALID_INPUT_ON_HTTP_TARGET_OVERRIDE',
      domain: 'cloudtasks.googleapis.com',
      metadata: { invalid_field: problem },
    },
  });
}
