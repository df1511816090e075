import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Workspace } from './workspaces.ts';

/** The summary that the mocha reporter writes for one workspace (scripts/mocha-reporter.mjs). */
export interface WorkspaceSummary {
  /** The name of the workspace's folder. */
  readonly workspace: string;
  readonly passed: number;
  readonly failed: number;
  /** Of each failed test: its full title, and its error with the stack from the next line on. */
  readonly failures: readonly string[];
  /** The full titles of skipped tests. */
  readonly skipped: readonly string[];
}

/** Reads the summaries that a test run wrote into a folder. */
export function readSummaries(resultsDir: string): WorkspaceSummary[] {
  return readdirSync(resultsDir)
    .filter((name) => name.endsWith('.json'))
    .map((name) => JSON.parse(readFileSync(join(resultsDir, name), 'utf8')) as WorkspaceSummary);
}

/**
 * Adds the workspaces' results up. A workspace without a summary (its tests could not be loaded), or without any test that
 * ran, counts as one failure: a suite that vanished must not pass.
 * @returns what to print, the totals last, and whether all is well
 */
export function summarizeTests(
  workspaces: readonly Pick<Workspace, 'name' | 'folderName'>[],
  summaries: readonly WorkspaceSummary[],
): { lines: string[]; ok: boolean } {
  const lines: string[] = [];
  let passed = 0;
  let failed = 0;
  let skipped = 0;
  for (const { name, folderName } of workspaces) {
    const summary = summaries.find(({ workspace }) => workspace === folderName);
    if (summary === undefined) {
      lines.push(`FAILED   ${name}: left no results, so its tests did not run to their end`);
      failed += 1;
      continue;
    }
    if (summary.passed + summary.failed === 0) {
      lines.push(`FAILED   ${name}: ran no test`);
      failed += 1;
    } else if (summary.failed > 0) {
      lines.push(`FAILED   ${name}: ${summary.failed} failed, ${summary.passed} passed`);
      for (const failure of summary.failures) lines.push(indent(failure));
    }
    for (const title of summary.skipped) lines.push(`skipped  ${name}: ${title}`);
    passed += summary.passed;
    failed += summary.failed;
    skipped += summary.skipped.length;
  }
  lines.push(`${passed} passed, ${failed} failed, ${skipped} skipped`);
  return { lines, ok: failed === 0 };
}

function indent(text: string): string {
  return text.replaceAll(/^(?=.)/gm, '  ');
}
