import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { deployConfigCommand, shellText } from '../process/gcloud-commands.ts';
import { DeploymentError } from '../deployment-error.ts';
import type { Comparison } from './drift.ts';

/** A rule as App Engine's Admin API has it: the url of dispatch.yaml in two parts. */
export interface DispatchRule {
  /** A host, with a star in front or alone perhaps. */
  readonly domain: string;
  /** A path, with a star at its end perhaps. */
  readonly path: string;
  readonly service: string;
}

/** What only Cloud Tasks and cron may ask of the worker. */
const OWN_PATHS = ['/tasks/', '/cron/'];

/**
 * The rules of a dispatch.yaml.
 * @throws {DeploymentError} for one that takes tasks or cron: dispatch rules come before where these are meant to go.
 * Source: "dispatch.yaml" and "Routing" in App Engine's documentation.
 */
export function readDispatchFile(file: string): DispatchRule[] {
  const { dispatch } = parse(readFileSync(file, 'utf8')) as {
    dispatch?: { url: string; service: string }[];
  };
  const rules = (dispatch ?? []).map(({ url, service }) => {
    const slash = url.indexOf('/');
    return { domain: url.slice(0, slash), path: url.slice(slash), service };
  });
  const bad = rules.find(takesTasks);
  if (bad !== undefined) {
    throw new DeploymentError(
      `${file}: the rule ${shown(bad)} takes tasks or cron away from where they are meant to go. Name a domain of your own, or other paths than ${OWN_PATHS.map((path) => `${path}*`).join(' and ')}`,
    );
  }
  return rules;
}

/** Compares an application's dispatch rules with a dispatch.yaml; their order counts. */
export function dispatchDrift(
  wanted: readonly DispatchRule[],
  deployed: readonly DispatchRule[],
  { project, file }: { project: string; file: string },
): Comparison {
  const [asked, actual] = [wanted, deployed].map((rules) => rules.map(shown).join(', ') || 'none');
  if (asked === actual) return { drift: [], notes: [] };
  const what = `dispatch rules are ${actual}, the file says ${asked}`;
  return { drift: [{ what, mend: shellText(deployConfigCommand(project, file)) }], notes: [] };
}

/** Whether a rule takes something of {@link OWN_PATHS} at App Engine's own addresses, by which tasks and cron come. */
function takesTasks({ domain, path }: DispatchRule): boolean {
  const atAppEngine = domain.startsWith('*') || domain.endsWith('.appspot.com');
  if (!atAppEngine) return false;
  const start = path.replace(/\*$/, '');
  return OWN_PATHS.some((own) => start.startsWith(own) || (path.endsWith('*') && own.startsWith(start)));
}

function shown({ domain, path, service }: DispatchRule): string {
  return `${domain}${path} → ${service}`;
}
