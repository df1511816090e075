import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { defineCatalogue, defineUntypedContract, type TaskContract } from '@waybill/contract-kit';
import { historyPath } from '../src/history/contract-history.ts';
import { isPassing } from '../src/history/describe-report.ts';
import { readHistoryFiles } from '../src/history/history-files.ts';
import { assertKnown, readPublishedBaseline } from '../src/history/published-baseline.ts';
import { recordCatalogue } from '../src/history/record-catalogue.ts';
import { recordSchema } from '../src/history/record-schema.ts';

const contract = (name: string, id: object, others: object = {}): TaskContract =>
  defineUntypedContract({
    name,
    version: 1,
    description: 'Does something.',
    queue: 'letters',
    schema: { type: 'object', additionalProperties: false, required: ['id'], properties: { id, ...others } },
    example: { id: 'aa' },
  });
const text = { type: 'string' };
const maxLength = (length: number): object => ({ ...text, maxLength: length });

describe('recordCatalogue()', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'waybill-record-'));
  });
  afterEach(() => rmSync(root, { recursive: true }));

  const git = (...args: string[]): void => {
    const identity = ['-c', 'user.name=t', '-c', 'user.email=t@example.com'];
    execFileSync('git', [...identity, ...args], { cwd: root, stdio: 'pipe' });
  };
  const write = (name: string, text: string): void => {
    const file = join(root, historyPath(name, 1));
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  };
  const commit = (): void => {
    git('add', '.');
    git('commit', '--quiet', '--allow-empty', '-m', 'change');
  };
  /** Records some contracts as the command does. @returns the names that were written, and whether the check passes */
  const record = (
    contracts: readonly TaskContract[],
    names: readonly string[] = [],
    against?: string,
  ): readonly [written: string[], passes: boolean] => {
    const baseline = readPublishedBaseline(root, against);
    assertKnown(baseline);
    const present = readHistoryFiles(root);
    const options = { catalogue: defineCatalogue(contracts), present, baseline, names };
    const { report, changed } = recordCatalogue({ ...options, today: '2026-01-01' });
    for (const history of changed) write(history.contract, JSON.stringify(history));
    return [changed.map((history) => history.contract), isPassing(report)];
  };
  const entriesOf = (name: string): number => {
    const file = readHistoryFiles(root).find(({ path }) => path === historyPath(name, 1));
    return (JSON.parse(file?.text ?? '') as { published: unknown[] }).published.length;
  };

  it('records a draft again and again, without a repository, without commits, and on a branch', () => {
    assert.deepEqual(record([contract('fold-letter', text)]), [['fold-letter'], true]);
    assert.deepEqual(record([contract('fold-letter', maxLength(5))]), [['fold-letter'], true]);
    git('init', '--quiet', '--initial-branch=main');
    assert.deepEqual(record([contract('fold-letter', maxLength(4))]), [['fold-letter'], true]);
    assert.deepEqual(record([contract('fold-letter', maxLength(4))]), [[], true]);
    rmSync(join(root, dirname(historyPath('fold-letter', 1))), { recursive: true });
    commit();
    git('checkout', '--quiet', '-b', 'feature');
    assert.deepEqual(record([contract('fold-letter', maxLength(9))]), [['fold-letter'], true]);
    commit();
    assert.deepEqual(record([contract('fold-letter', maxLength(2))]), [['fold-letter'], true]);
    commit();
    assert.deepEqual(record([contract('fold-letter', maxLength(7))]), [['fold-letter'], true]);
    assert.equal(entriesOf('fold-letter'), 1);
  });

  it('keeps what the main branch holds, also if the branch was forked before', () => {
    git('init', '--quiet', '--initial-branch=main');
    commit();
    git('branch', 'feature');
    record([contract('fold-letter', maxLength(9))]);
    commit();
    // On the main branch itself the version is published now.
    assert.deepEqual(record([contract('fold-letter', maxLength(5))]), [[], false]);
    git('checkout', '--quiet', 'feature');
    assert.deepEqual(record([contract('fold-letter', maxLength(5))]), [[], false]);
    // Another contract of a branch that is behind is not held up by it.
    assert.deepEqual(record([contract('read-letter', text)]), [['read-letter'], true]);
    const withNote = contract('fold-letter', maxLength(9), { note: text });
    assert.deepEqual(record([withNote, contract('read-letter', text)]), [['fold-letter'], true]);
    assert.equal(entriesOf('fold-letter'), 2);
  });

  it('finds the main branch of a clone, whatever its name, and refuses to guess', () => {
    git('init', '--quiet', '--initial-branch=develop');
    record([contract('fold-letter', maxLength(9))]);
    commit();
    assert.deepEqual(record([contract('fold-letter', maxLength(5))]), [[], false]);
    git('checkout', '--quiet', '-b', 'feature');
    assert.throws(() => record([contract('fold-letter', maxLength(5))]), {
      code: 'GIT_REF_UNKNOWN',
      message: /not known what is published.*--against/,
    });
    assert.deepEqual(record([contract('fold-letter', maxLength(5))], [], 'develop'), [[], false]);
    git('update-ref', 'refs/remotes/origin/develop', 'develop');
    git('symbolic-ref', 'refs/remotes/origin/HEAD', 'refs/remotes/origin/develop');
    assert.deepEqual(record([contract('fold-letter', maxLength(5))]), [[], false]);
  });

  it('records the others if one history is bad or one change is refused', () => {
    git('init', '--quiet', '--initial-branch=main');
    record([contract('fold-letter', maxLength(9)), contract('read-letter', text)]);
    commit();
    git('checkout', '--quiet', '-b', 'feature');
    write('gone-letter', '{');
    const contracts = [
      contract('fold-letter', maxLength(5)),
      contract('read-letter', text),
      contract('sort-letter', text),
    ];
    assert.deepEqual(record(contracts), [['sort-letter'], false]);
    rmSync(join(root, historyPath('gone-letter', 1)));
    // A bad file of the branch is written anew from what is published.
    write('read-letter', 'not JSON');
    write('sort-letter', '{"published": 5}');
    const valid = [contract('fold-letter', maxLength(9)), ...contracts.slice(1)];
    assert.deepEqual(record(valid), [['read-letter', 'sort-letter'], true]);
    assert.equal(entriesOf('read-letter'), 1);
  });

  it('leaves a placeholder alone until its schema is changed or its name is given', () => {
    const made = contract('fold-letter', text);
    const placeholder = recordSchema(made, { published: undefined, today: '2026-01-01', placeholder: true });
    git('init', '--quiet', '--initial-branch=main');
    write('fold-letter', JSON.stringify(placeholder));
    commit();
    assert.deepEqual(record([made]), [[], true]);
    assert.deepEqual(record([contract('fold-letter', maxLength(5))]), [['fold-letter'], true]);
    assert.deepEqual(record([made], ['fold-letter']), [['fold-letter'], true]);
    assert.equal(entriesOf('fold-letter'), 1);
    assert.doesNotMatch(readHistoryFiles(root)[0]?.text ?? '', /placeholder/);
  });
});
