import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Catalogue,
  defineCatalogue,
  defineUntypedContract,
  type TaskContract,
} from '@waybill/contract-kit';
import { checkCatalogue } from '../src/checks/check-catalogue.ts';
import { codeOwnersOf } from '../src/documents/code-owners.ts';
import { writeFiles } from '../src/repository/write-files.ts';
import { letters, lettersRepository } from './support/letters-repository.ts';

describe('checkCatalogue()', () => {
  let copy: string;
  beforeEach(() => {
    copy = mkdtempSync(join(tmpdir(), 'waybill-catalogue-'));
    writeFiles(copy, lettersRepository());
  });
  afterEach(() => rmSync(copy, { recursive: true }));

  /** The catalogue with something of fold-letter v1 changed. */
  const withChange = (change: (contract: TaskContract) => Partial<TaskContract>): Catalogue =>
    defineCatalogue(
      letters.contracts.map((contract) => {
        if (contract.name !== 'fold-letter') return contract;
        const {
          path: _path,
          schemaHash: _hash,
          violations: _violations,
          parse: _parse,
          subjectOf: _subjectOf,
          ...definition
        } = contract;
        return defineUntypedContract({ ...definition, ...change(contract) } as never);
      }),
      letters.contracts.flatMap(({ name, version }) =>
        name === 'fold-letter' ? [] : (letters.upCasterFrom(name, version) ?? []),
      ),
    );
  const rules = (changed: Catalogue): string[] => [
    ...new Set(checkCatalogue(copy, changed).map(({ rule, message }) => `${rule}: ${message.split(':')[0]}`)),
  ];

  it('finds nothing where every contract has a handler with a test, a queue, a history and a page', () => {
    assert.deepEqual(checkCatalogue(copy, letters), []);
  });

  it('names a handler that is missing, in the folder or in the table', () => {
    rmSync(join(copy, 'apps/worker/src/tasks/fold-letter.ts'));
    const table = join(copy, 'apps/worker/src/tasks/index.ts');
    writeFileSync(table, readFileSync(table, 'utf8').replace('returnParcel: create', 'return: create'));
    assert.deepEqual(
      checkCatalogue(copy, letters).map(({ rule }) => rule),
      ['handler-missing', 'handler-missing'],
    );
  });

  it('names a service that is missing, and its sweep, where a contract names it', () => {
    const changed = withChange(() => ({ service: 'billing' }));
    const found = checkCatalogue(copy, changed).map(({ rule }) => rule);
    for (const rule of [
      'service-missing',
      'sweep-missing',
      'handler-missing',
      'handler-misplaced',
    ] as const) {
      assert.ok(found.includes(rule), rule);
    }
  });

  it('names a handler that is missing in its own service', () => {
    writeFiles(copy, [
      {
        path: 'apps/billing/app.yaml',
        text: 'runtime: nodejs24\nservice: billing\nentrypoint: node main.ts\n',
      },
      { path: 'apps/billing/src/tasks/index.ts', text: '' },
    ]);
    const problems = checkCatalogue(
      copy,
      withChange(() => ({ service: 'billing' })),
    );
    const messages = problems.map(({ rule, message }) => `${rule}: ${message}`).join('\n');
    assert.match(
      messages,
      /handler-missing: fold-letter v1: there is no apps\/billing\/src\/tasks\/fold-letter\.ts/,
    );
    assert.match(messages, /handler-misplaced: apps\/worker\/src\/tasks\/fold-letter\.ts: .* "billing"/);
    assert.ok(!messages.includes('service-missing'));
  });

  it('names an app.yaml of another service, and a sweep that is missing', () => {
    writeFiles(copy, [
      { path: 'apps/worker/app.yaml', text: 'runtime: nodejs24\nservice: other\nentrypoint: node main.ts\n' },
      {
        path: 'cron.yaml',
        text: 'cron:\n  - url: /cron/sweep\n    target: other\n    schedule: every 1 minutes\n',
      },
    ]);
    assert.deepEqual(rules(letters), [
      'service-missing: apps/worker/app.yaml must be of the service "worker", for its contracts are',
      'sweep-missing: cron.yaml has no job for /cron/sweep with the target "worker"',
    ]);
  });

  it('names a queue that is not in the file', () => {
    assert.match(rules(withChange(() => ({ queue: 'nowhere' }))).join(), /queue-unknown: fold-letter v\d/);
  });

  it('names an example that breaks its schema', () => {
    assert.match(rules(withChange(() => ({ example: {} }))).join(), /example-invalid: fold-letter v\d/);
  });

  it('names a keyword that is none', () => {
    const changed = withChange(({ schema }) => ({ schema: { ...schema, requird: [] } }));
    assert.match(rules(changed).join(), /schema-invalid/);
  });

  it('names a schema that is not recorded', () => {
    const changed = withChange(({ schema }) => ({ schema: { ...schema, title: 'A charge' } }));
    assert.match(rules(changed).join(), /history-missing: fold-letter v\d/);
  });

  it('names a page that is stale', () => {
    writeFileSync(join(copy, 'docs/contracts/fold-letter.md'), 'old');
    assert.match(rules(letters).join(), /page-stale: docs\/contracts\/fold-letter.md/);
  });

  it('names a JSON Schema that is stale, or missing', () => {
    writeFileSync(join(copy, 'docs/contracts/fold-letter/v1.schema.json'), '{}');
    rmSync(join(copy, 'docs/contracts/post-letter/v1.schema.json'));
    assert.deepEqual(rules(letters), [
      'page-stale: docs/contracts/fold-letter/v1.schema.json is not what the contracts say now',
      'page-stale: docs/contracts/post-letter/v1.schema.json is not what the contracts say now',
    ]);
  });

  it('names a history that was changed', () => {
    const file = join(copy, 'packages/task-contracts/history/fold-letter/v1.json');
    writeFileSync(file, readFileSync(file, 'utf8').replace('{1,100}', '{1,99}'));
    assert.match(rules(letters).join(), /history-wrong: .*fold-letter\/v1.json/);
  });

  it('names a contract without an owner, and an owner that CODEOWNERS does not name', () => {
    assert.match(rules(withChange(() => ({ owner: undefined }))).join(), /owner-missing: fold-letter v\d/);
    const changed = rules(withChange(() => ({ owner: '@letters/folders' })));
    assert.match(changed.join(), /page-stale: \.github\/CODEOWNERS/);
  });

  it('takes lists of contracts in any order, as two merged branches leave them', () => {
    for (const path of ['.github/CODEOWNERS', 'docs/contracts/README.md']) {
      const file = join(copy, path);
      const lines = readFileSync(file, 'utf8').split('\n');
      const index = lines.findIndex((line) => line.includes('fold-letter'));
      const [line = ''] = lines.splice(index, 1);
      writeFileSync(file, lines.toSpliced(index + 1, 0, line).join('\n'));
    }
    assert.deepEqual(checkCatalogue(copy, letters), []);
    const file = join(copy, '.github/CODEOWNERS');
    writeFileSync(file, readFileSync(file, 'utf8').replace(/.*fold-letter.*\n/, ''));
    assert.match(rules(letters).join(), /page-stale: \.github\/CODEOWNERS/);
  });

  it('names a queue on several lines, which Git would mix with another', () => {
    writeFileSync(
      join(copy, 'queue-config/queues.yaml'),
      'queues:\n  - { name: letters }\n  - name: parcels\n    rateLimits: { maxDispatchesPerSecond: 5 }\n',
    );
    assert.deepEqual(rules(letters), ['queue-on-lines: queue-config/queues.yaml']);
  });
});

describe('codeOwnersOf()', () => {
  it('keeps what is written around its part, and replaces the part', () => {
    const first = codeOwnersOf(letters, '* @letters/all\n');
    assert.match(first.text, /^\* @letters\/all\n# Contracts: generated/);
    assert.match(first.text, /^\/apps\/worker\/src\/tasks\/fold-letter\.ts @letters\/post$/m);
    const extended = `${first.text}/docs/ @letters/writers\n`;
    assert.equal(codeOwnersOf(letters, extended).text, extended);
    const fewer = codeOwnersOf(defineCatalogue([]), extended).text;
    assert.doesNotMatch(fewer, /fold-letter/);
    assert.match(fewer, /^\* @letters\/all\n[\s\S]*\n\/docs\/ @letters\/writers\n$/);
  });
});
