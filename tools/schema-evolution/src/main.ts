#!/usr/bin/env node
import { SchemaDialectError } from '@waybill/contract-kit';
import { BadInputError, HELP, readCommandLine } from './command/command-line.ts';
import { describeReport } from './command/describe-report.ts';
import { judgeFiles } from './command/judge-files.ts';

const EXIT_CODES = { compatible: 0, broken: 1, undecided: 2 } as const;

try {
  const command = readCommandLine(process.argv.slice(2));
  if (command.help) {
    process.stdout.write(HELP);
  } else {
    const { oldFile, newFile, roles, json } = command;
    const report = judgeFiles(oldFile, newFile, roles);
    process.stdout.write(
      `${json ? JSON.stringify(report, null, 2) : describeReport(report, { oldFile, newFile })}\n`,
    );
    process.exitCode = EXIT_CODES[report.verdict];
  }
} catch (error) {
  if (!(error instanceof BadInputError) && !(error instanceof SchemaDialectError)) throw error;
  process.stderr.write(`schema-evolution: ${error.message}\n`);
  process.exitCode = 2;
}
