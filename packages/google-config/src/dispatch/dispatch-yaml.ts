import { isIPv4 } from 'node:net';
import { serviceNamePattern } from '../app/app-yaml.ts';
import { YamlFile } from '../yaml/yaml-file.ts';

/** One rule of dispatch.yaml: requests to this host and path go to this service. */
export interface DispatchRule {
  /** A host name, or `*` and the end of one. */
  host: string;
  /** A path, or the start of one and `*`. */
  path: string;
  service: string;
}

/** Labels with inner hyphens; a pattern may have `*` before it, and then start in the middle of a label. */
const hostPattern =
  /^(\*|(\*\.?|\*-[a-z0-9-]*)?([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]*[a-z0-9])?)$/;

/**
 * Reads a dispatch.yaml with the checks that gcloud makes.
 * @throws {YamlFileError} naming every problem with its line.
 */
export function parseDispatchYaml(file: string, text: string): DispatchRule[] {
  const yaml = new YamlFile(file, text);
  const root = yaml.mapping(yaml.content, [], 'dispatch.yaml', ['dispatch']) ?? {};
  const rules: DispatchRule[] = [];
  const items = yaml.list(root['dispatch'], ['dispatch'], 'dispatch') ?? [];
  // Twenty is App Engine's limit.
  if (items.length > 20) yaml.problem(['dispatch'], `at most 20 rules are allowed, got ${items.length}`);
  items.forEach((item, index) => {
    const path = ['dispatch', index];
    const rule = yaml.mapping(item, path, 'a dispatch rule', ['url', 'service', 'module']);
    if (!rule) return;
    if (rule['service'] !== undefined && rule['module'] !== undefined) {
      yaml.problem(path, '"module" is the old name of "service"; give only "service"');
    }
    const service = rule['service'] ?? rule['module'];
    if (rule['url'] === undefined) yaml.problem(path, 'a dispatch rule needs a "url"');
    if (service === undefined) yaml.problem(path, 'a dispatch rule needs a "service"');
    const what = 'a rule\'s "url"';
    const url = yaml.text(
      rule['url'],
      [...path, 'url'],
      what,
      /^[^/]+\/.*$/,
      'a host pattern and a path such as */mobile/*',
    );
    const name = yaml.text(service, path, 'a rule\'s "service"', serviceNamePattern, 'the name of a service');
    if (url === undefined || name === undefined) return;
    const host = url.slice(0, url.indexOf('/'));
    if (!hostPattern.test(host) || isIPv4(host)) {
      yaml.problem(
        [...path, 'url'],
        `"${host}" must be a lower-case host name, "*", or "*" and the end of a host name`,
      );
      return;
    }
    rules.push({ host, path: url.slice(url.indexOf('/')), service: name });
  });
  yaml.throwIfBad();
  return rules;
}

/**
 * The service that the first fitting rule names, or undefined if none fits.
 * Paths below `/_ah/` belong to App Engine and are never dispatched.
 * @param hosts every name by which App Engine knows the host of the request: a rule fits if it fits one of them.
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
