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
import { type ContractHistory, historyPath } from '../src/history/contract-history.ts';
import { parseHistory, readHistoryFiles } from '../src/history/history-files.ts';
import { historyFilesAtRef } from '../src/history/history-files-at-ref.ts';
import { judgeRetirement } from '../src/history/judge-retirement.ts';
import { recordSchema } from '../src/history/record-schema.ts';

const text = { type: 'string' };
const definition = {
  name: 'fold-letter',
  version: 1,
  description: 'Folds a letter.',
  queue: 'letters',
  schema: { type: 'object', additionalProperties: false, required: ['id'], properties: { id: text } },
  example: { id: 'a' },
};
const letter = (version: number, properties: object, required: string[]): TaskContract =>
  defineUntypedContract({
    ...definition,
    version,
    schema: { type: 'object', additionalProperties: false, required, properties },
    example: Object.fromEntries(required.map((name) => [name, 'a'])),
  });
const first = letter(1, { id: text }, ['id']);
const wider = letter(1, { id: text, note: text }, ['id']);
const narrower = letter(1, { id: { type: 'string', maxLength: 3 } }, ['id']);
const second = letter(2, { letterId: text }, ['letterId']);
const record = (
  contract: TaskContract,
  published: ContractHistory | undefined,
  today: string,
): ContractHistory => recordSchema(contract, { published, today });
const published = record(first, undefined, '2026-01-01');

describe('checkEvolution()', () => {
  const verdictOf = (contract: TaskContract, histories: readonly ContractHistory[]) =>
    checkEvolution(defineCatalogue([contract]), histories, undefined).contracts[0];

  it('finds nothing where nothing was changed', () => {
    const report = verdictOf(first, [published]);
    assert.equal(report?.verdict, 'compatible');
    assert.deepEqual(report.problems, []);
  });

  it('takes an added optional member in place, at each depth, and tells of the order of deployment', () => {
    const closed = (properties: object, more: object = {}): object => ({
      type: 'object',
      additionalProperties: false,
      properties,
      ...more,
    });
    const nested = (added: object): TaskContract =>
      letter(
        1,
        {
          id: text,
          to: closed({ city: text, ...added }),
          pages: { type: 'array', items: closed({ size: text, ...added }) },
          stamp: { anyOf: [closed({ cents: { type: 'integer' }, ...added }), { type: 'null' }] },
          constructor: closed({ name: text, ...added }, { required: ['name'] }),
        },
        ['id'],
      );
    for (const [before, now, places] of [
      [first, wider, '/properties/note'],
      [nested({}), nested({ 'a/b': text }), '/properties/to/properties/a~1b'],
      [nested({}), nested({ toString: text }), '/properties/constructor/properties/toString'],
    ] as const) {
      const history = record(before, undefined, '2026-01-01');
      const report = verdictOf(now, [record(now, history, '2026-02-01')]);
      assert.equal(report?.verdict, 'compatible');
      assert.deepEqual([report?.findings, report?.problems], [[], []]);
      assert.ok(report?.notes.join().includes(places), report?.notes.join());
      assert.match(report?.notes.join() ?? '', /npm run deploy gives the traffic to the workers before/);
    }
  });

  it('asks for a new version where more is accepted by anything but an added optional member', () => {
    const withId = (id: object, more: object = {}): TaskContract => letter(1, { id, ...more }, ['id']);
    const short = { type: 'string', maxLength: 3 };
    const listed = (...values: string[]): object => ({ enum: values });
    const ref = { $ref: '#/$defs/page' };
    const withDefs = (page: object, properties: object): TaskContract =>
      defineUntypedContract({
        ...definition,
        schema: {
          type: 'object',
          additionalProperties: false,
          required: ['id'],
          properties,
          $defs: { page },
        },
      });
    const page = (properties: object): object => ({
      type: 'object',
      additionalProperties: false,
      properties,
    });
    for (const [name, before, now] of [
      ['a longer string', withId(short), withId({ type: 'string', maxLength: 4 })],
      ['another value', withId(listed('a')), withId(listed('a', 'b'))],
      ['another type', withId(text), withId({ type: ['string', 'null'] })],
      ['a longer string beside an added member', withId(short), withId(text, { note: text })],
      [
        'a member that is optional now',
        letter(1, { id: text, by: text }, ['id', 'by']),
        letter(1, { id: text, by: text }, ['id']),
      ],
      // The member is not new: it was behind the reference, with another type.
      [
        'a member of another type than behind a reference',
        withDefs(page({ size: text }), { id: text, page: ref }),
        withDefs(page({ size: text }), { id: text, page: page({ size: { type: 'integer' } }) }),
      ],
    ] as const) {
      const history = record(now, record(before, undefined, '2026-01-01'), '2026-02-01');
      assert.notEqual(verdictOf(now, [history])?.verdict, 'compatible', name);
    }
  });

  it('asks for a migration where an added member is required, or was accepted with any value', () => {
    const required = letter(1, { id: text, note: text }, ['id', 'note']);
    const open = (to: object): TaskContract => letter(1, { id: text, to: { type: 'object', ...to } }, ['id']);
    for (const [before, now] of [
      [first, required],
      [open({}), open({ properties: { city: text } })],
    ] as const) {
      const history = record(now, record(before, undefined, '2026-01-01'), '2026-02-01');
      assert.equal(verdictOf(now, [history])?.verdict, 'needs a migration');
    }
  });

  it('takes what an older file acknowledges by readersFirst', () => {
    const now = letter(1, { id: { type: ['string', 'null'] } }, ['id']);
    const { published: entries, ...rest } = record(now, published, '2026-02-01');
    const last = entries.at(-1);
    assert.ok(last !== undefined);
    const acknowledged = [...entries.slice(0, -1), { ...last, readersFirst: true as const }];
    assert.equal(verdictOf(now, [{ ...rest, published: entries }])?.verdict, 'needs a new version');
    assert.equal(verdictOf(now, [{ ...rest, published: acknowledged }])?.verdict, 'compatible');
  });

  it('asks for a migration where less is accepted', () => {
    const report = verdictOf(narrower, [record(narrower, published, '2026-02-01')]);
    assert.equal(report?.verdict, 'needs a migration');
    const [violation] = report.findings[0]?.violations ?? [];
    assert.equal(violation?.pointer, '/properties/id/maxLength');
    assert.equal(first.violations(violation.example).length, 0);
    assert.ok(narrower.violations(violation.example).length > 0);
  });

  it('tries each published payload with the present schema, whatever the judge says', () => {
    const [entry] = published.published;
    assert.ok(entry !== undefined);
    const history = { ...published, published: [{ ...entry, fixtures: [{ id: 'a' }, { id: 5 }] }] };
    const report = verdictOf(first, [history]);
    assert.equal(report?.verdict, 'needs a migration');
    assert.deepEqual(report.problems, [
      'fixture 1 of 2026-01-01 is refused by the present schema: /id must be string, got number',
    ]);
  });

  it('compares queue, service, limits and deadline with what was published', () => {
    const terms = (changed: object): TaskContract =>
      defineUntypedContract({ ...definition, ...changed } as never);
    const strict = { deadlineSeconds: 60, limits: { maxAttempts: 5, maxAgeSeconds: 3_600 } };
    const before = record(terms(strict), undefined, '2026-01-01');
    const after = (changed: object) => {
      const contract = terms({ ...strict, ...changed });
      return verdictOf(contract, [record(contract, before, '2026-02-01')]);
    };
    for (const [changed, problem] of [
      [
        { queue: 'parcels' },
        /queue was "letters" and is "parcels".*new:contract -- fold-letter --next-version/,
      ],
      [{ service: 'folder' }, /service was "worker" and is "folder"/],
      [{ deadlineSeconds: 59 }, /deadlineSeconds was 60 and is 59/],
      [{ limits: { maxAttempts: 4, maxAgeSeconds: 3_600 } }, /limits.maxAttempts was 5 and is 4/],
      [{ limits: { maxAttempts: 5, maxAgeSeconds: 3_599 } }, /limits.maxAgeSeconds was 3600 and is 3599/],
    ] as const) {
      const report = after(changed);
      assert.equal(report?.verdict, 'needs a new version', JSON.stringify(changed));
      assert.match(report.problems.join(), problem);
    }
    const raised = after({
      deadlineSeconds: 90,
      limits: { maxAttempts: 6, maxAgeSeconds: 7_200 },
      delaySeconds: 5,
    });
    assert.deepEqual([raised?.verdict, raised?.problems], ['compatible', []]);
    const unrecorded = verdictOf(terms({ ...strict, deadlineSeconds: 90 }), [before]);
    assert.match(unrecorded?.problems.join() ?? '', /are not the last ones in .*--record/);
  });

  it('asks to record the terms of an entry that has none, which changes nothing published', () => {
    const [recorded] = published.published;
    assert.ok(recorded !== undefined);
    const { terms: _terms, ...entry } = recorded;
    const old = { ...published, published: [entry] };
    assert.match(
      verdictOf(first, [old])?.problems.join() ?? '',
      /queue, service, deadline and limits are not recorded/,
    );
    const migrated = record(first, old, '2026-02-01');
    assert.deepEqual(migrated, published);
    const report = checkEvolution(defineCatalogue([first]), [migrated], [old]);
    assert.deepEqual([report.problems, report.contracts[0]?.problems], [[], []]);
  });

  it('does not count what the generator made as published', () => {
    const placeholder = recordSchema(first, { published: undefined, today: '2026-01-01', placeholder: true });
    const asMade = verdictOf(first, [placeholder]);
    assert.deepEqual([asMade?.verdict, asMade?.problems], ['compatible', []]);
    assert.match(
      asMade?.notes.join() ?? '',
      /still what the generator made.*: npm run contracts:check -- --record \S*[a-z]$/,
    );
    const described = record(narrower, placeholder, '2026-01-02');
    assert.equal(described.published.length, 1);
    const report = checkEvolution(defineCatalogue([narrower]), [described], [placeholder]);
    assert.deepEqual([report.contracts[0]?.verdict, report.problems], ['compatible', []]);
  });

  it('names a published schema that the judge cannot read', () => {
    const [entry] = published.published;
    assert.ok(entry !== undefined);
    const outside = { ...entry, schemaHash: 'x', schema: { $dynamicRef: '#id' } };
    const report = verdictOf(first, [{ ...published, published: [outside, entry] }]);
    assert.match(
      report?.problems.join() ?? '',
      /published on 2026-01-01 cannot be compared: .*"\$dynamicRef"/,
    );
  });

  it('asks for an up-caster from each older version, and tries it on what was sent', () => {
    const histories = [published, record(second, undefined, '2026-02-01')];
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

  it('tries an up-caster on payloads that cover the older schema', () => {
    const values = Array.from({ length: 20 }, (_none, index) => `value-${index}`);
    const older = letter(
      1,
      {
        id: { type: 'string', maxLength: 400 },
        by: { enum: values },
        to: {
          type: 'array',
          items: { type: 'object', additionalProperties: false, properties: { zip: text } },
        },
      },
      ['id'],
    );
    const newer = letter(
      2,
      { id: { type: 'string', maxLength: 500 }, by: { enum: values }, zips: { type: 'array', items: text } },
      ['id'],
    );
    interface Older {
      id: string;
      by?: string;
      to?: { zip?: string }[];
    }
    const histories = [record(older, undefined, '2026-01-01'), record(newer, undefined, '2026-02-01')];
    const problemsOf = (convert: (payload: Older) => unknown): string => {
      const upCaster = defineUpCaster(older, newer, (payload) => convert(payload as Older));
      const catalogue = defineCatalogue([older, newer], [upCaster]);
      return checkEvolution(catalogue, histories, undefined).contracts[0]?.problems.join('\n') ?? '';
    };
    const right = ({ to, ...rest }: Older): Record<string, unknown> => ({
      ...rest,
      ...(to !== undefined && { zips: to.flatMap(({ zip }) => zip ?? []) }),
    });
    assert.equal(problemsOf(right), '');
    for (const [name, wrong, problem] of [
      [
        'an optional member',
        (payload: Older) => ({ ...right(payload), zips: payload.to?.map(({ zip }) => zip) ?? [] }),
        /a payload: .*breaks v2.*for example/,
      ],
      [
        'one listed value',
        (payload: Older) => ({ ...right(payload), ...(payload.by === 'value-17' && { by: 'none' }) }),
        /a payload: .*value-17/,
      ],
      [
        'the longest string',
        (payload: Older) => ({ ...right(payload), id: `${payload.id}${'x'.repeat(101)}` }),
        /a payload: .*500/,
      ],
      [
        'a member that is absent',
        (payload: Older) => ({ ...right(payload), by: (payload.by as string).toLowerCase() }),
        /threw TypeError/,
      ],
    ] as const) {
      assert.match(problemsOf(wrong), problem, name);
    }
  });

  it('finds a contract that was taken out, or put in after it was retired', () => {
    const gone = checkEvolution(defineCatalogue([]), [published], undefined);
    assert.match(gone.problems.join(), /fold-letter v1 was published and is not in the catalogue/);
    const retired = { ...published, retiredOn: '2026-06-01' };
    assert.deepEqual(checkEvolution(defineCatalogue([]), [retired], undefined).problems, []);
    assert.match(verdictOf(first, [retired])?.problems.join() ?? '', /retired on 2026-06-01/);
  });

  it('finds what was changed of the published, and still counts it', () => {
    const rewritten = record(narrower, undefined, '2026-01-01');
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
  const histories = [published, record(second, undefined, '2026-02-01')];
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
