import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { judgePair } from './judge-pairs.ts';
import { readPairs } from './read-pairs.ts';

const short = { type: 'string', maxLength: 3 };
const long = { type: 'string', maxLength: 5 };
const list = (text: string): string => `[${text}, ]`;

const files: Readonly<Record<string, string>> = {
  'own/longer/old.json': JSON.stringify(short),
  'own/longer/new.json': JSON.stringify(long),
  'own/longer/expected.json': JSON.stringify({ reader: 'compatible', writer: 'breaking' }),
  'own/wrong/old.json': JSON.stringify(short),
  'own/wrong/new.json': JSON.stringify(long),
  'own/wrong/expected.json': JSON.stringify({ reader: 'breaking', writer: 'compatible' }),
  'jsoncompat/longer/old.json': JSON.stringify(short),
  'jsoncompat/longer/new.json': JSON.stringify(long),
  'jsoncompat/longer/expect.json': JSON.stringify({ serializer: false, deserializer: true }),
  'confluent/examples.json': list(
    JSON.stringify({
      description: 'a list of items',
      original_schema: {
        items: [short],
        additionalItems: false,
        $schema: 'http://json-schema.org/draft-07/schema#',
      },
      update_schema: {
        items: [long],
        additionalItems: false,
        $schema: 'http://json-schema.org/draft-07/schema#',
      },
      changes: [],
      compatible: true,
    }),
  ),
  'confluent/dynamic.json': JSON.stringify([
    { description: 'dynamic', original_schema: { $dynamicRef: '#a' }, update_schema: true, compatible: true },
  ]),
  'confluent/unrelated.json': '{}',
};

describe('judgePair(), with the pairs of a folder', () => {
  let folder: string;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'schema-pairs-'));
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), text);
    }
  });
  after(() => rmSync(folder, { recursive: true }));

  it('compares its verdicts with those of each layout', () => {
    const outcomes = readPairs(folder).flatMap(judgePair);
    assert.deepEqual(
      outcomes.map(({ name, role, outcome }) => `${name}, ${role}: ${outcome}`),
      [
        'confluent/dynamic.json: dynamic, reader: refused',
        'confluent/examples.json: a list of items, reader: agrees',
        'jsoncompat/longer, reader: agrees',
        'jsoncompat/longer, writer: agrees',
        'own/longer, reader: agrees',
        'own/longer, writer: agrees',
        'own/wrong, reader: wider',
        'own/wrong, writer: narrower',
      ],
    );
    assert.equal(outcomes.at(-1)?.detail, '"aaaa"');
  });

  it('prints disagreements and a summary, and exits with 1', () => {
    const main = join(import.meta.dirname, 'main.ts');
    const { status, stdout } = spawnSync(process.execPath, [main, folder], { encoding: 'utf8' });
    assert.equal(status, 1);
    assert.match(stdout, /^wider: own\/wrong, reader$/m);
    assert.match(stdout, /^narrower: own\/wrong, writer: "aaaa"$/m);
    assert.match(stdout, /^8 verdicts: refused 1, agrees 5, wider 1, narrower 1$/m);
  });
});
