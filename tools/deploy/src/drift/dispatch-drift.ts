import type { UrlDispatchRule } from '../configuration/read-deployable-dispatch-rules.ts';
import { shellText } from '../process/command.ts';
import { deployConfigCommand } from '../process/gcloud-commands.ts';
import type { Comparison } from './drift.ts';

/** Compares an application's dispatch rules with a dispatch.yaml; their order counts. */
export function dispatchDrift(
  wanted: readonly UrlDispatchRule[],
  deployed: readonly UrlDispatchRule[],
  { project, file }: { project: string; file: string },
): Comparison {
  const [asked, actual] = [wanted, deployed].map((rules) => rules.map(ruleText).join(', ') || 'none');
  if (asked === actual) return { drift: [], notes: [] };
  const difference = `dispatch rules are ${actual}, the file says ${asked}`;
  return { drift: [{ difference, remedy: shellText(deployConfigCommand(project, file)) }], notes: [] };
}

function ruleText({ domain, path, service }: UrlDispatchRule): string {
  return `${domain}${path} → ${service}`;
}
