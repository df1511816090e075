// A part of this workspace's `check`: each contract has all that belongs to it, and nothing is stale.
import { checkCatalogue } from '../checks/check-catalogue.ts';
import { readHistoryFiles } from '../history/history-files.ts';
import { baselineHistories, readPublishedBaseline } from '../history/published-baseline.ts';
import { loadCatalogue } from '../repository/load-catalogue.ts';
import { runCommand } from './run-command.ts';

await runCommand(async (_args, rootDir) => {
  const catalogue = await loadCatalogue(rootDir);
  const baseline = readPublishedBaseline(rootDir, undefined);
  const published =
    baseline.kind === 'commit'
      ? baselineHistories(baseline, readHistoryFiles(rootDir), catalogue).histories
      : undefined;
  const problems = checkCatalogue(rootDir, catalogue, published);
  for (const { rule, message } of problems) process.stdout.write(`${rule}: ${message}\n`);
  return problems.length === 0 ? 0 : 1;
});
