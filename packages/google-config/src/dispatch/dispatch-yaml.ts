import { isIPv4 } from 'node:net';
import { SERVICE_NAME_PATTERN } from '../app/service-name.ts';
import { readFileText } from '../yaml/read-file-text.ts';
import { type Policy, parseYaml, type YamlFile, type YamlPath } from '../yaml/yaml-file.ts';

/** One rule of a dispatch.yaml: requests to this host and path go to this service. */
export interface DispatchRule {
  /** A host name, or `*` and the end of one. */
  readonly host: string;
  /** A path, or the start of one and `*`. */
  readonly path: string;
  readonly service: string;
}

/** Source: App Engine's reference of dispatch.yaml. */
const MAX_RULES = 20;

/** Labels with inner hyphens; a pattern may have `*` before it, and then start in the middle of a label. */
const HOST_PATTERN =
  /^(\*|(\*\.?|\*-[a-z0-9-]*)?([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]*[a-z0-9])?)$/;

/** Reads a dispatch.yaml. @throws {YamlFileError} naming every problem, or that the file can't be read */
export function readDispatchYaml(file: string, policy?: Policy<DispatchRule>): DispatchRule[] {
  return parseDispatchYaml(file, readFileText(file), policy);
}

/**
 * Reads the text of a dispatch.yaml with the checks that gcloud makes.
 * @param policy applied to each rule
 * @throws {YamlFileError} naming every problem with its line
 */
export function parseDispatchYaml(
  file: string,
  text: string,
  policy: Policy<DispatchRule> = () => {},
): DispatchRule[] {
  const yaml = parseYaml(file, text);
  const root = yaml.mapping(yaml.content, [], 'dispatch.yaml', ['dispatch']) ?? {};
  const rules: DispatchRule[] = [];
  const items = yaml.list(root['dispatch'], ['dispatch'], 'dispatch') ?? [];
  if (items.length > MAX_RULES) {
    yaml.problem(['dispatch'], `at most ${MAX_RULES} rules are allowed, got ${items.length}`);
  }
  items.forEach((item, index) => {
    const path = ['dispatch', index];
    const rule = parseRule(yaml, item, path);
    if (rule === undefined) return;
    policy(rule, yaml, path);
    rules.push(rule);
  });
  yaml.throwIfBad();
  return rules;
}

function parseRule(yaml: YamlFile, item: unknown, path: YamlPath): DispatchRule | undefined {
  const rule = yaml.mapping(item, path, 'a dispatch rule', ['url', 'service', 'module']);
  if (!rule) return undefined;
  if (rule['service'] !== undefined && rule['module'] !== undefined) {
    yaml.problem(path, '"module" is the old name of "service"; give only "service"');
  }
  const name = rule['service'] ?? rule['module'];
  if (rule['url'] === undefined) yaml.problem(path, 'a dispatch rule needs a "url"');
  if (name === undefined) yaml.problem(path, 'a dispatch rule needs a "service"');
  const url = yaml.text(
    rule['url'],
    [...path, 'url'],
    'a rule\'s "url"',
    /^[^/]+\/.*$/,
    'a host pattern and a path such as */mobile/*',
  );
  const service = yaml.text(name, path, 'a rule\'s "service"', SERVICE_NAME_PATTERN, 'the name of a service');
  if (url === undefined || service === undefined) return undefined;
  const host = url.slice(0, url.indexOf('/'));
  if (!HOST_PATTERN.test(host) || isIPv4(host)) {
    yaml.problem(
      [...path, 'url'],
      `"${host}" must be a lower-case host name, "*", or "*" and the end of a host name`,
    );
    return undefined;
  }
  return { host, path: url.slice(url.indexOf('/')), service };
}
