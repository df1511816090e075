import type { QueueHttpTarget } from '../engine/queues/queue-http-target.ts';

/** The paths of an update mask at and below `http_target`. */
export const HTTP_TARGET_PATHS: ReadonlySet<string> = new Set([
  'http_target',
  'http_target.uri_override',
  'http_target.uri_override.scheme',
  'http_target.uri_override.host',
  'http_target.uri_override.port',
  'http_target.uri_override.path_override',
  'http_target.uri_override.path_override.path',
  'http_target.uri_override.query_override',
  'http_target.uri_override.query_override.query_params',
  'http_target.uri_override.uri_override_enforce_mode',
  'http_target.http_method',
  'http_target.header_overrides',
  'http_target.oauth_token',
  'http_target.oauth_token.service_account_email',
  'http_target.oauth_token.scope',
  'http_target.oidc_token',
  'http_target.oidc_token.service_account_email',
  'http_target.oidc_token.audience',
]);

type Message = Readonly<Record<string, unknown>>;

const TOKENS = ['oauthToken', 'oidcToken'];

/** The stored target with the member at `path`, one of HTTP_TARGET_PATHS, as the update has it. */
export function mergeHttpTarget(
  stored: QueueHttpTarget | undefined,
  update: QueueHttpTarget | undefined,
  path: string,
): QueueHttpTarget | undefined {
  const names = path
    .split('.')
    .slice(1)
    .map((name) => name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()));
  if (names.length === 0) return update;
  return mergeAt(stored as Message | undefined, update as Message | undefined, names);
}

function mergeAt(
  stored: Message | undefined,
  update: Message | undefined,
  names: readonly string[],
): Message {
  const [name = '', ...rest] = names;
  const merged: Record<string, unknown> = { ...stored };
  const before = stored?.[name] as Message | undefined;
  const given = update?.[name] as Message | undefined;
  const isAbsent = rest.length > 0 && before === undefined && given === undefined;
  const value = rest.length === 0 || isAbsent ? given : mergeAt(before, given, rest);
  if (value === undefined) delete merged[name];
  else {
    // The two tokens are one field with two forms.
    if (TOKENS.includes(name)) for (const token of TOKENS) delete merged[token];
    merged[name] = value;
  }
  return merged;
}
