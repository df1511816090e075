// A part of this workspace's `check`: each contract has all that belongs to it, and nothing is stale.
import { catalogue } from '@waybill/task-contracts';
import { checkCatalogue } from '../checks/check-catalogue.ts';
import { rootDir } from '../repository/root-dir.ts';

const problems = checkCatalogue(rootDir, catalogue);
for (const { rule, message } of problems) process.stdout.write(`${rule}: ${message}\n`);
process.exitCode = problems.length === 0 ? 0 : 1;
