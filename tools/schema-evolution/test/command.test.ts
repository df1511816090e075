import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compileSchema } from '@waybill/contract-kit/compile-schema';
import { readCommandLine } from '../src/command/command-line.ts';
import { describeReport } from '../src/command/describe-report.ts';
import { judgeFiles } from '../src/command/judge-files.ts';

const MAIN = join(import.meta.dirname, '../src/main.ts');

const order = (properties: object, required: string[] = ['orderId']): object => ({
  type: 'object',
  additionalProperties: false,
  required,
  properties: { orderId: { type: 'string' }, ...properties },
});
const files: Readonly<Record<string, object | boolean>> = {
  'order.json': order({}),
  'note-added.json': order({ note: { type: 'string' } }),
  'note-required.json': order({ note: { type: 'string' } }, ['orderId', 'note']),
  'no-root.json': order({ note: { type: 'string', pattern: '^(?!root).{4}$' } }),
  'no-root-again.json': order({ note: { type: 'string', pattern: '^(?!root)..{3}$' } }),
  'dynamic.json': { $dynamicRef: '#n' },
};

describe('readCommandLine()', () => {
  it('reads files, roles and the form of the output', () => {
    assert.deepEqual(readCommandLine(['a.json', 'b.json']), {
      help: false,
      oldFile: 'a.json',
      newFile: 'b.json',
      roles: ['reader', 'writer'],
      json: false,
    });
    assert.deepEqual(readCommandLine(['--role', 'writer', 'a.json', '--json', 'b.json']), {
      help: false,
      oldFile: 'a.json',
      newFile: 'b.json',
      roles: ['writer'],
      json: true,
    });
    assert.deepEqual(readCommandLine(['--help']), { help: true });
  });

  it('refuses what it does not know, and says what it expects', () => {
    for (const [args, message] of [
      [['a.json'], 'Expected two files, <old.json> <new.json>, got 1. See --help.'],
      [['a', 'b', 'c'], 'Expected two files, <old.json> <new.json>, got 3. See --help.'],
      [['a', 'b', '--role', 'all'], '--role must be reader, writer or both, got "all". See --help.'],
      [['a', 'b', '--roles'], "Unknown option '--roles'. See --help."],
    ] as const) {
      assert.throws(() => readCommandLine(args), { code: 'BAD_INPUT', message });
    }
  });
});

describe('the command schema-evolution', () => {
  let folder: string;
  const at = (name: string): string => join(folder, name);
  const run = (...args: string[]): { status: number | null; stdout: string; stderr: string } =>
    spawnSync(process.execPath, [MAIN, ...args], { encoding: 'utf8', cwd: folder });

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'schema-evolution-'));
    for (const [name, schema] of Object.entries(files)) writeFileSync(at(name), JSON.stringify(schema));
    writeFileSync(at('text.json'), 'not JSON');
  });
  after(() => rmSync(folder, { recursive: true }));

  it('judges each role, with an example of what is rejected', () => {
    const report = judgeFiles(at('order.json'), at('note-required.json'), ['reader', 'writer']);
    assert.equal(report.verdict, 'broken');
    const [reader, writer] = report.roles;
    assert.ok(reader?.verdict === 'broken' && writer?.verdict === 'broken');
    const [violation] = reader.violations;
    assert.equal(violation?.pointer, '/required');
    const [old, next] = [files['order.json'], files['note-required.json']];
    assert.ok(old !== undefined && next !== undefined);
    assert.ok(compileSchema(old)(violation.example) && !compileSchema(next)(violation.example));
  });

  it('shows each place and each example in a line', () => {
    const report = judgeFiles(at('order.json'), at('note-added.json'), ['reader', 'writer']);
    assert.equal(
      describeReport(report, { oldFile: 'order.json', newFile: 'note-added.json' }),
      [
        'reader: compatible',
        'writer: not compatible',
        '  order.json at /additionalProperties: no longer accepts a member "note"',
        '    note-added.json accepts, and it rejects: {"orderId":"","note":""}',
      ].join('\n'),
    );
  });

  it('names the file that cannot be used', () => {
    const judge = (name: string) => () => judgeFiles(at('order.json'), at(name), ['reader']);
    assert.throws(judge('nothing.json'), { code: 'BAD_INPUT', message: /^Could not read .*nothing\.json: / });
    assert.throws(judge('text.json'), { code: 'BAD_INPUT', message: /text\.json is no JSON: / });
    assert.throws(judge('dynamic.json'), { code: 'SCHEMA_DIALECT', message: /dynamic\.json: .*\$defs/ });
  });

  it('exits with 0 where the change is compatible', () => {
    const { status, stdout } = run('order.json', 'note-added.json', '--role', 'reader');
    assert.deepEqual([status, stdout], [0, 'reader: compatible\n']);
  });

  it('exits with 1 where it breaks, and prints JSON', () => {
    const { status, stdout } = run('order.json', 'note-added.json', '--json');
    assert.equal(status, 1);
    const { verdict, roles } = JSON.parse(stdout);
    assert.equal(verdict, 'broken');
    assert.deepEqual(roles[0], { role: 'reader', verdict: 'compatible', violations: [] });
    assert.deepEqual(roles[1].violations[0].example, { orderId: '', note: '' });
  });

  it('exits with 2 where it cannot decide, or the input is wrong', () => {
    const { status, stdout } = run('no-root.json', 'no-root-again.json');
    assert.equal(status, 2);
    assert.match(stdout, /reader: not decided/);
    for (const args of [['order.json', 'dynamic.json'], ['order.json', 'text.json'], ['order.json']]) {
      const refused = run(...args);
      assert.equal(refused.status, 2);
      assert.match(refused.stderr, /^schema-evolution: .*\n$/);
      assert.equal(refused.stdout, '');
    }
  });

  it('prints its help', () => {
    const { status, stdout } = run('--help');
    assert.equal(status, 0);
    assert.match(stdout, /schema-evolution <old\.json> <new\.json>/);
  });
});
