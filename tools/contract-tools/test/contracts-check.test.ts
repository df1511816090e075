import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import {
  defineCatalogue,
  defineUntypedContract,
  defineUpCaster,
  type TaskContract,
} from '@waybill/contract-kit';
import { checkEvolution } from '../src/history/check-evolution.ts';
import { type ContractHistory, historyPath, type PublishedSchema } from '../src/history/contract-history.ts';
import { parseHistory, readHistoryFiles } from '../src/history/history-files.ts';
import { historyFilesAtRef } from '../src/history/history-files-at-ref.ts';
import { judgeRetirement } from '../src/history/judge-retirement.ts';
import { recordSchema } from '../src/history/record-schema.ts';

const letter = (version: number, properties: object, required: string[]): TaskContract =>
  defineUntypedContract({
    name: 'fold-letter',
    version,
    description: 'Folds a letter.',
    queue: 'letters',
    schema: { type: 'object', additionalProperties: false, required, properties },
    example: Object.fromEntries(required.map((name) => [name, 'a'])),
  });
const text = { type: 'string' };
const first = letter(1, { id: text }, ['id']);
const wider = letter(1, { id: text, note: text }, ['id']);
const narrower = letter(1, { id: { type: 'string', maxLength: 3 } }, ['id']);
const second = letter(2, { letterId: text }, ['letterId']);
const record = (
  contract: TaskContract,
  recorded: readonly PublishedSchema[],
  today: string,
  readersFirst: boolean,
): ContractHistory => recordSchema(contract, { published: recorded, today, readersFirst });
const published = record(first, [], '2026-01-01', false);

describe('checkEvolution()', () => {
  const verdictOf = (contract: TaskContract, histories: readonly ContractHistory[]) =>
    checkEvolution(defineCatalogue([contract]), histories, undefined).contracts[0];

  it('finds nothing where nothing was changed', () => {
    const report = verdictOf(first, [published]);
    assert.equal(report?.verdict, 'compatible');
    assert.deepEqual(report.problems, []);
  });

  it('asks for a new version, or for readers first, where more is accepted', () => {
    assert.equal(verdictOf(wider, [published])?.verdict, 'needs a new version');
    const acknowledged = record(wider, published.published, '2026-02-01', true);
    assert.equal(verdictOf(wider, [acknowledged])?.verdict, 'compatible');
    const unacknowledged = record(wider, published.published, '2026-02-01', false);
    assert.equal(verdictOf(wider, [unacknowledged])?.verdict, 'needs a new version');
  });

  it('asks for a migration where less is accepted, whoever acknowledges it', () => {
    const history = record(narrower, published.published, '2026-02-01', true);
    const report = verdictOf(narrower, [history]);
    assert.equal(report?.verdict, 'needs a migration');
    const [violation] = report.findings[0]?.violations ?? [];
    assert.equal(violation?.pointer, '/properties/id/maxLength');
    assert.equal(first.violations(violation.example).length, 0);
    assert.ok(narrower.violations(violation.example).length > 0);
  });

  it('asks for an up-caster from each older version, and tries it on what was sent', () => {
    const histories = [published, record(second, [], '2026-02-01', false)];
    const check = (...upCasters: Parameters<typeof defineCatalogue>[1][]) =>
      checkEvolution(defineCatalogue([first, second], upCasters.flat() as never), histories, undefined)
        .contracts[0];
    assert.match(check()?.problems.join() ?? '', /no up-caster leads from v1 on to v2/);
    const right = defineUpCaster(first, second, (old) => ({ letterId: (old as { id: string }).id }));
    assert.deepEqual(check([right])?.problems, []);
    const wrong = defineUpCaster(first, second, (old) => old);
    assert.equal(check([wrong])?.verdict, 'needs a migration');
    assert.match(check([wrong])?.problems.join() ?? '', /fixture 0 of 2026-01-01: .*breaks v2/);
  });

  it('finds a contract that was taken out, or put in after it was retired', () => {
    const gone = checkEvolution(defineCatalogue([]), [published], undefined);
    assert.match(gone.problems.join(), /fold-letter v1 was published and is not in the catalogue/);
    const retired = { ...published, retiredOn: '2026-06-01' };
    assert.deepEqual(checkEvolution(defineCatalogue([]), [retired], undefined).problems, []);
    assert.match(verdictOf(first, [retired])?.problems.join() ?? '', /retired on 2026-06-01/);
  });

  it('finds what was changed of the published, and still counts it', () => {
    const rewritten = record(narrower, [], '2026-01-01', false);
    const report = checkEvolution(defineCatalogue([narrower]), [rewritten], [published]);
    assert.match(report.problems.join(), /published\/0 is not as it was published/);
    assert.equal(report.contracts[0]?.verdict, 'needs a migration');
    const lost = checkEvolution(defineCatalogue([first]), [], [published]);
    assert.match(lost.problems.join(), /was published and is gone/);
  });
});

describe('the history in a git repository', () => {
  let root: string;
  const git = (...args: string[]): unknown => execFileSync('git', args, { cwd: root, stdio: 'pipe' });
  before(() => {
    root = mkdtempSync(join(tmpdir(), 'waybill-history-'));
    const file = join(root, historyPath('fold-letter', 1));
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, JSON.stringify(published));
    git('init', '--quiet');
    git('add', '.');
    git('-c', 'user.name=t', '-c', 'user.email=t@example.com', 'commit', '--quiet', '-m', 'first');
    writeFileSync(file, JSON.stringify(published).replace('"id"', '"di"'));
  });
  after(() => rmSync(root, { recursive: true }));

  it('is read as it was at a commit', () => {
    assert.deepEqual(parseHistory(historyFilesAtRef(root, 'HEAD')), { histories: [published], problems: [] });
  });

  it('fails where there is no such commit', () => {
    for (const ref of ['nowhere', '--all', '']) {
      assert.throws(() => historyFilesAtRef(root, ref), {
        name: 'GitRefError',
        message: /There is no commit/,
      });
    }
  });

  it('shows a schema that was edited', () => {
    const { problems } = parseHistory(readHistoryFiles(root));
    assert.match(problems.join(), /published\/0\/schema was changed/);
  });
});

describe('judgeRetirement()', () => {
  const catalogue = defineCatalogue([first, second]);
  const histories = [published, record(second, [], '2026-02-01', false)];
  const judge = (waiting: number, dead: number, day: string) =>
    judgeRetirement(
      catalogue,
      histories,
      [{ contract: 'fold-letter', version: 1, waiting, dead }],
      Date.parse(day),
    ).map(({ verdict }) => verdict);

  it('lets a version go when nothing of it is left and its retention is over', () => {
    assert.deepEqual(judge(0, 0, '2026-04-03'), ['may be retired', 'newest']);
    assert.deepEqual(judge(0, 0, '2026-04-02'), ['not yet', 'newest']);
    assert.deepEqual(judge(1, 0, '2027-01-01'), ['not yet', 'newest']);
    assert.deepEqual(judge(0, 1, '2027-01-01'), ['not yet', 'newest']);
  });
});
