import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { Role } from '../../src/judge-change.ts';
import type { JsonSchema } from '../../src/schema/json-schema.ts';
import { modernSchema } from './modern-schema.ts';

/** Two versions of a schema, and what a suite says about the change. */
export interface SuitePair {
  /** The file or folder it comes from, and its description. */
  readonly name: string;
  readonly old: JsonSchema;
  readonly new: JsonSchema;
  readonly expected: Readonly<Partial<Record<Role, 'compatible' | 'breaking'>>>;
}

/**
 * Reads all pairs below a folder, in any of three layouts:
 *
 * - a folder with `old.json`, `new.json` and `expected.json`: `{ "reader": "compatible", "writer": "breaking" }`, or one of them;
 * - jsoncompat: the same with `expect.json`: `{ "deserializer": true, "serializer": false }`;
 * - Confluent: a file with a list of `{ "original_schema", "update_schema", "compatible", "description" }`.
 *
 * Schemas of older drafts are rewritten where 2020-12 has other words for the same.
 */
export function readPairs(root: string): readonly SuitePair[] {
  const folders = [root];
  const pairs: SuitePair[] = [];
  // The loop also visits the folders that are added meanwhile.
  for (const folder of folders) {
    const entries = readdirSync(folder, { withFileTypes: true }).toSorted((a, b) =>
      a.name < b.name ? -1 : 1,
    );
    folders.push(...entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(folder, name)));
    const name = relative(root, folder) || '.';
    if (existsSync(join(folder, 'old.json'))) {
      pairs.push(...pairOfFolder(folder, name));
      continue;
    }
    for (const entry of entries) {
      if (entry.isFile() && entry.name.endsWith('.json')) {
        pairs.push(...pairsOfList(readJson(join(folder, entry.name)), join(name, entry.name)));
      }
    }
  }
  return pairs;
}

function pairOfFolder(folder: string, name: string): readonly SuitePair[] {
  const expected = ['expected.json', 'expect.json'].find((file) => existsSync(join(folder, file)));
  if (expected === undefined) return [];
  return [
    {
      name,
      old: modernSchema(readJson(join(folder, 'old.json'))),
      new: modernSchema(readJson(join(folder, 'new.json'))),
      expected: expectationOf(readJson(join(folder, expected)) as Record<string, unknown>),
    },
  ];
}

function expectationOf(expected: Record<string, unknown>): SuitePair['expected'] {
  const { reader, writer, deserializer = reader, serializer = writer } = expected;
  return { ...verdictAs('reader', deserializer), ...verdictAs('writer', serializer) };
}

function verdictAs(role: Role, value: unknown): SuitePair['expected'] {
  if (value === undefined) return {};
  return { [role]: value === true || value === 'compatible' ? 'compatible' : 'breaking' };
}

function pairsOfList(list: unknown, file: string): readonly SuitePair[] {
  if (!Array.isArray(list)) return [];
  return (list as readonly Record<string, unknown>[]).flatMap((entry) => {
    const { original_schema: old, update_schema: next, compatible, description } = entry;
    if (old === undefined || next === undefined) return [];
    return [
      {
        name: `${file}: ${String(description)}`,
        old: modernSchema(old),
        new: modernSchema(next),
        expected: verdictAs('reader', compatible),
      },
    ];
  });
}

/** Confluent's files hold commas before closing brackets. */
function readJson(file: string): unknown {
  const text = readFileSync(file, 'utf8');
  try {
    return JSON.parse(text);
  } catch {
    return JSON.parse(text.replace(/,(\s*[}\]])/g, '$1'));
  }
}
