// A part of this package's `check`: that every contract has all that belongs to it, and nothing is stale.
import { join } from 'node:path';
import { catalogue } from '@waybill/task-contracts';
import { checkCatalogue } from '../repository/check-catalogue.ts';

const problems = checkCatalogue(join(import.meta.dirname, '../../../..'), catalogue);
for (const { rule, message } of problems) process.stdout.write(`${rule}: ${message}\n`);
process.exitCode = problems.length === 0 ? 0 : 1;
