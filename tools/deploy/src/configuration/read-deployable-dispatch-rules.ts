import { type DispatchRule, readDispatchYaml } from '@waybill/google-config';
import { DeploymentError } from '../deployment-error.ts';
import { asDeploymentError } from './as-deployment-error.ts';

/** A rule in the form of App Engine's Admin API, `UrlDispatchRule`. */
export interface UrlDispatchRule {
  /** A host name, or `*` and the end of one. */
  readonly domain: string;
  /** A path, or the start of one and `*`. */
  readonly path: string;
  readonly service: string;
}

/** Paths of the worker that only Cloud Tasks and cron may request. */
const OWN_PATHS = ['/tasks/', '/cron/'];

/**
 * Reads the rules of a dispatch.yaml.
 * @throws {DeploymentError} naming every problem; a rule that takes tasks or cron is one, for App Engine applies dispatch
 * rules before the routing of tasks and cron. Source: "dispatch.yaml" and "Routing" in App Engine's documentation.
 */
export function readDeployableDispatchRules(file: string): UrlDispatchRule[] {
  const rules = asDeploymentError(() => readDispatchYaml(file));
  const problems = rules.filter(takesOwnPaths).map(({ host, path, service }) => {
    const others = OWN_PATHS.map((own) => `${own}*`).join(' and ');
    return `${file}: the rule ${host}${path} → ${service} takes tasks or cron away from where they are meant to go. Name a domain of your own, or other paths than ${others}`;
  });
  if (problems.length > 0) throw new DeploymentError(problems.join('\n'));
  return rules.map(({ host, path, service }) => ({ domain: host, path, service }));
}

/** Whether a rule takes something of {@link OWN_PATHS} at App Engine's own addresses, which tasks and cron use. */
function takesOwnPaths({ host, path }: DispatchRule): boolean {
  const isAppEngineHost = host.startsWith('*') || host.endsWith('.appspot.com');
  if (!isAppEngineHost) return false;
  const start = path.replace(/\*$/, '');
  return OWN_PATHS.some((own) => start.startsWith(own) || (path.endsWith('*') && own.startsWith(start)));
}
