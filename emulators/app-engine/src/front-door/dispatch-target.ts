import type { DispatchRule } from '@waybill/google-config';

/**
 * The service that the first fitting rule names, or undefined if none fits.
 * Paths below `/_ah/` belong to App Engine and are never dispatched.
 * @param hosts every name by which App Engine knows the host of the request; a rule fits if it fits one of them
 */
export function dispatchTarget(
  rules: readonly DispatchRule[],
  hosts: readonly string[],
  path: string,
): string | undefined {
  if (path.startsWith('/_ah/')) return undefined;
  const fits = ({ host, path: pattern }: DispatchRule) =>
    (pattern.endsWith('*') ? path.startsWith(pattern.slice(0, -1)) : path === pattern) &&
    hosts.some((name) => (host.startsWith('*') ? name.endsWith(host.slice(1)) : name === host));
  return rules.find(fits)?.service;
}
