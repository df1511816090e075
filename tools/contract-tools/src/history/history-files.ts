import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createSchemaValidator, hashOfJson } from '@waybill/contract-kit';
import {
  type ContractHistory,
  HISTORY_FOLDER,
  historyPath,
  type PublishedSchema,
} from './contract-history.ts';

const DATE = /^\d{4}-\d\d-\d\d$/;

/** A file of the history. The path is relative to the repository. */
export interface HistoryFile {
  readonly path: string;
  readonly text: string;
}

/** Reads the history's files in a working tree. */
export function readHistoryFiles(rootDir: string): HistoryFile[] {
  const folder = join(rootDir, HISTORY_FOLDER);
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.json'))
    .map((name) => `${HISTORY_FOLDER}/${name}`)
    .sort()
    .map((path) => ({ path, text: readFileSync(join(rootDir, path), 'utf8') }));
}

/** Parses histories and lists their problems: each schema must still have its hash, and each fixture must match. */
export function parseHistory(files: readonly HistoryFile[]): {
  histories: ContractHistory[];
  problems: string[];
} {
  const histories: ContractHistory[] = [];
  const problems: string[] = [];
  for (const { path, text } of files) {
    let history: ContractHistory;
    try {
      history = JSON.parse(text) as ContractHistory;
    } catch (error) {
      problems.push(`${path}: is no JSON (${(error as Error).message})`);
      continue;
    }
    const found = problemsOf(history, path);
    problems.push(...found.map((problem) => `${path}: ${problem}`));
    if (found.length === 0) histories.push(history);
  }
  return { histories, problems };
}

function problemsOf(history: ContractHistory, path: string): string[] {
  const { contract, version, published, retiredOn } = history ?? {};
  if (!Array.isArray(published) || published.length === 0) return ['must list at least one published schema'];
  if (path !== historyPath(contract, version)) return [`is the history of ${contract} v${version}`];
  const problems: string[] = [];
  if (retiredOn !== undefined && !DATE.test(retiredOn)) {
    problems.push('retiredOn must be a date as 2026-11-21');
  }
  for (const [index, entry] of published.entries()) {
    problems.push(...problemsOfEntry(entry, `published/${index}`));
  }
  return problems;
}

function problemsOfEntry(entry: PublishedSchema, pointer: string): string[] {
  const { schema, schemaHash, fixtures, recordedOn } = entry;
  const problems = DATE.test(recordedOn) ? [] : [`${pointer}/recordedOn must be a date as 2026-11-21`];
  if (hashOfJson(schema) !== schemaHash) {
    return [...problems, `${pointer}/schema was changed: what was published stays as it was`];
  }
  const violations = createSchemaValidator(schema);
  for (const [index, fixture] of fixtures.entries()) {
    const [violation] = violations(fixture);
    if (violation === undefined) continue;
    const at = violation.pointer || '/';
    problems.push(`${pointer}/fixtures/${index} does not match: ${at} ${violation.message}`);
  }
  return problems;
}
