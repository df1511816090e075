import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TaskContract } from '@waybill/contract-kit';
import { canonicalJson, createSchemaValidator, hashOfJson } from '@waybill/contract-kit';
import { type JsonSchema, samplePayloads } from '@waybill/schema-evolution';

/** A schema that was published: payloads may have been written by it. */
export interface PublishedSchema {
  /** When it was recorded, as `2026-11-21`. */
  readonly recordedOn: string;
  readonly schemaHash: string;
  /**
   * Set where it accepts more than the one before: whoever recorded it has made sure that nothing of it is enqueued before
   * every worker reads it.
   */
  readonly readersFirst?: true;
  readonly schema: object;
  /** Payloads that match it. */
  readonly fixtures: readonly unknown[];
}

/** All schemas that one version of a contract has had. Only ever added to. */
export interface ContractHistory {
  readonly contract: string;
  readonly version: number;
  /** The day from which on none of its tasks can come any more. */
  readonly retiredOn?: string;
  readonly published: readonly PublishedSchema[];
}

/** Where the histories are, in the repository. */
export const HISTORY_FOLDER = 'packages/task-contracts/history';
const MAX_FIXTURES = 6;
const DATE = /^\d{4}-\d\d-\d\d$/;

/** The file of one version's history, in the repository. */
export function historyPath(contract: string, version: number): string {
  return `${HISTORY_FOLDER}/${contract}/v${version}.json`;
}

/** A file of the history, by its path in the repository. */
export interface HistoryFile {
  readonly path: string;
  readonly text: string;
}

/** The files of the history as they are in a working tree. */
export function readHistoryFiles(rootDir: string): HistoryFile[] {
  const folder = join(rootDir, HISTORY_FOLDER);
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.json'))
    .map((name) => `${HISTORY_FOLDER}/${name}`)
    .sort()
    .map((path) => ({ path, text: readFileSync(join(rootDir, path), 'utf8') }));
}

/** Reads histories and finds what is wrong with them: each schema must still have its hash, each fixture still match. */
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
  if (retiredOn !== undefined && !DATE.test(retiredOn))
    problems.push('retiredOn must be a date as 2026-11-21');
  for (const [index, { schema, schemaHash, fixtures, recordedOn }] of published.entries()) {
    const at = `published/${index}`;
    if (!DATE.test(recordedOn)) problems.push(`${at}/recordedOn must be a date as 2026-11-21`);
    if (hashOfJson(schema) !== schemaHash) {
      problems.push(`${at}/schema was changed: what was published stays as it was`);
      continue;
    }
    const violations = createSchemaValidator(schema);
    for (const [number, fixture] of fixtures.entries()) {
      const [violation] = violations(fixture);
      if (violation === undefined) continue;
      problems.push(
        `${at}/fixtures/${number} does not match: ${violation.pointer || '/'} ${violation.message}`,
      );
    }
  }
  return problems;
}

/** What was changed of a published history, which may only be added to. */
export function changesOf(before: readonly ContractHistory[], now: readonly ContractHistory[]): string[] {
  return before.flatMap((old) => {
    const path = historyPath(old.contract, old.version);
    const present = now.find(({ contract, version }) => contract === old.contract && version === old.version);
    if (present === undefined) return [`${path}: was published and is gone; put it back`];
    return old.published.flatMap((entry, index) =>
      canonicalJson(present.published[index] ?? null) === canonicalJson(entry)
        ? []
        : [`${path}: published/${index} is not as it was published; put it back and add another`],
    );
  });
}

/**
 * A contract's history with its present schema at its end. Fixtures are its example and payloads made up from the schema.
 * @param published what there is already
 * @param recordedOn as `2026-11-21`
 */
export function recordedHistory(
  contract: TaskContract,
  published: readonly PublishedSchema[],
  recordedOn: string,
  readersFirst: boolean,
): ContractHistory {
  const { name, version, schema, schemaHash } = contract;
  const entry: PublishedSchema = {
    recordedOn,
    schemaHash,
    ...(readersFirst && { readersFirst }),
    schema,
    fixtures: fixturesOf(contract),
  };
  const last = published.at(-1);
  const entries = last?.schemaHash === schemaHash ? published : [...published, entry];
  return { contract: name, version, published: entries };
}

function fixturesOf({ schema, example, violations }: TaskContract): unknown[] {
  const all = [example, ...samplePayloads(schema as JsonSchema)].map((value) => canonicalJson(value));
  return [...new Set(all)]
    .map((text) => JSON.parse(text) as unknown)
    .filter((payload) => violations(payload).length === 0)
    .slice(0, MAX_FIXTURES);
}
