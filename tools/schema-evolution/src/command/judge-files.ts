import { readFileSync } from 'node:fs';
import { SchemaDialectError } from '@waybill/contract-kit';
import { judgeChange, type Role } from '../judge-change.ts';
import { compileComparable } from '../schema/compile-comparable.ts';
import type { JsonSchema } from '../schema/json-schema.ts';
import { BadInputError } from './command-line.ts';
import { type CommandReport, reportOf } from './command-report.ts';

/**
 * Judges the change from one file to another.
 * @throws {BadInputError} if a file cannot be read or is no JSON
 * @throws {SchemaDialectError} if one holds no valid schema of the dialect; the message names the file
 */
export function judgeFiles(oldFile: string, newFile: string, roles: readonly Role[]): CommandReport {
  return reportOf(judgeChange(readSchema(oldFile), readSchema(newFile), roles), roles);
}

function readSchema(file: string): JsonSchema {
  const schema = parseFile(file);
  try {
    compileComparable(schema);
  } catch (error) {
    if (!(error instanceof SchemaDialectError)) throw error;
    throw new SchemaDialectError(
      error.problems.map((problem) => `${file}: ${problem}`),
      error,
    );
  }
  return schema;
}

function parseFile(file: string): JsonSchema {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new BadInputError(`Could not read ${file}: ${(error as Error).message}`, { cause: error });
  }
  try {
    return JSON.parse(text) as JsonSchema;
  } catch (error) {
    throw new BadInputError(`${file} is no JSON: ${(error as Error).message}`, { cause: error });
  }
}
